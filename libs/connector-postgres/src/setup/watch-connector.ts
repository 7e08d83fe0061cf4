/**
 * Looks after the connector while the ingester runs: a failed task is started again, with growing pauses, and told of. That
 * a connector says RUNNING does not mean that changes flow (it says so while it retries), so the lag is measured as well.
 */
import { setTimeout as delay } from 'node:timers/promises';
import type { ConnectorError } from '@concord/connector-kit';
import { ConnectClient } from './connect-client.ts';
import { connectorFailed, failureOf } from './connector.ts';
import { connectorNameOf } from './names.ts';

export type ConnectorWatch = {
  readonly connectUrl: string;
  readonly system: string;
  readonly signal: AbortSignal;
  /** The connector has failed; it is started again now, for the `attempt`th time in a row. */
  readonly onFailed: (error: ConnectorError, attempt: number) => void;
  /** Connect did not answer, or refused. */
  readonly onTrouble: (error: unknown) => void;
  readonly intervalMs?: number;
};

const INTERVAL_MS = 10_000;
const INTERVALS_MAX = 30;

/** Runs until `signal` aborts. */
export async function watchConnector(watch: ConnectorWatch): Promise<void> {
  const connect = new ConnectClient(watch.connectUrl);
  const name = connectorNameOf(watch.system);
  let failures = 0;
  while (!watch.signal.aborted) {
    try {
      const failure = failureOf(await connect.status(name));
      failures = failure === null ? 0 : failures + 1;
      if (failure !== null) {
        watch.onFailed(connectorFailed(name, failure), failures);
        await connect.restartFailed(name);
      }
    } catch (error) {
      watch.onTrouble(error);
    }
    const intervals = Math.min(2 ** Math.max(0, failures - 1), INTERVALS_MAX);
    await delay((watch.intervalMs ?? INTERVAL_MS) * intervals, undefined, { signal: watch.signal }).catch(
      () => undefined,
    );
  }
}
