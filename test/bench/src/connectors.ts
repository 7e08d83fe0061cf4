/** Kafka Connect's REST API, as far as the rival needs it. */
import { waitUntil } from '@concord/platform';

type Status = { connector: { state: string; trace?: string }; tasks: { id: number; state: string; trace?: string }[] };

/** Creates the connector and resolves when it and all its tasks run; a failure of either ends the wait with its reason. */
export async function startConnector(connectUrl: string, name: string, config: Record<string, string>): Promise<void> {
  await request(`${connectUrl}/connectors/${name}/config`, 'PUT', config);
  const tasks = Number(config['tasks.max'] ?? '1');
  let failure: Error | undefined;
  const isRunning = async () => {
    const status = (await request(`${connectUrl}/connectors/${name}/status`, 'GET')) as Status;
    const parts = [status.connector, ...status.tasks];
    const failed = parts.find(({ state }) => state === 'FAILED');
    if (failed !== undefined) failure = new Error(`Connector ${name} failed: ${failed.trace ?? 'no reason given'}`);
    return status.tasks.length >= tasks && parts.every(({ state }) => state === 'RUNNING');
  };
  await waitUntil(isRunning, { what: `connector ${name} running`, deadlineMs: 60_000, giveUp: () => failure });
}

export async function deleteConnector(connectUrl: string, name: string): Promise<void> {
  await waitUntil(
    async () => {
      const response = await fetch(`${connectUrl}/connectors/${name}`, { method: 'DELETE' });
      await response.body?.cancel();
      // 409 says that the worker is rebalancing and wants to be asked again.
      return response.ok || response.status === 404;
    },
    { what: `connector ${name} deleted`, deadlineMs: 30_000 },
  );
}

async function request(url: string, method: string, body?: unknown): Promise<unknown> {
  const response = await fetch(url, {
    method,
    ...(body === undefined ? {} : { headers: { 'content-type': 'application/json' }, body: JSON.stringify(body) }),
    signal: AbortSignal.timeout(15_000),
  });
  const text = await response.text();
  if (response.ok) return text === '' ? undefined : JSON.parse(text);
  throw new Error(`${method} ${url}: ${response.status} ${text.slice(0, 500)}`);
}
