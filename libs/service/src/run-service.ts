/**
 * Runs a worker as a process, from its start to its exit code. Every service's main.ts is one call of `runService`.
 *
 * Start: HTTP first (so that liveness can be asked), then build, then start; then one line
 * `{"ready":true,"service":…,"http":…}` goes to standard output, for people and scripts. Supervisors ask /readyz.
 * Stop (SIGTERM, SIGINT): not ready, worker drained, HTTP closed, exit 0; past the deadline, or at a second signal, exit 1.
 * Failure: logged once with code and hint, worker stopped, exit 1. The supervisor starts the service again.
 */
import { readServiceSettings, type ServiceSettings } from '@concord/config';
import { createLogger, createMetrics, type Logger } from '@concord/observability';
import { setTimeout as delay } from 'node:timers/promises';
import packageJson from '../package.json' with { type: 'json' };
import type { Identity } from './health-controller.ts';
import { openHttp, type HttpApplication } from './http-application.ts';
import { WorkerHost } from './worker-host.ts';
import type { BuildWorker } from './worker.ts';

export type ServiceOptions = {
  name: string;
  build: BuildWorker;
  /** From the environment when left out. */
  settings?: ServiceSettings;
  version?: string;
  /** Bound of an orderly stop; keep it under the supervisor's own. */
  stopWithinMs?: number;
};

/** A supervisor waits 15 s, Kubernetes 30 s, before it kills. */
const stopWithinMsDefault = 10_000;

export async function runService(options: ServiceOptions): Promise<never> {
  const exitCode = await serve(options);
  // Whatever still holds the event loop has had its chance to let go.
  process.exit(exitCode);
}

/** Resolves with the exit code when everything is closed. */
async function serve(options: ServiceOptions): Promise<number> {
  const identity: Identity = {
    name: options.name,
    version: options.version ?? packageJson.version,
    commit: process.env['CONCORD_COMMIT'] ?? 'unknown',
  };
  const level = options.settings?.logLevel;
  const logger = createLogger({ service: identity.name, version: identity.version, ...(level ? { level } : {}) });
  const end = new End(logger);
  const host = new WorkerHost();
  let http: HttpApplication | null = null;
  try {
    const settings = options.settings ?? readServiceSettings();
    const metrics = createMetrics({ service: identity.name, version: identity.version, commit: identity.commit });
    const address = { host: process.env['CONCORD_HTTP_HOST'] ?? '127.0.0.1', port: settings.httpPort };
    http = await openHttp({ identity, host, metrics }, logger, address);
    const { url } = http;
    const ready = JSON.stringify({ ready: true, service: identity.name, http: url });
    const announce = () => void process.stdout.write(`${ready}\n`);
    void host.run(options.build, { settings, logger, metrics }, announce).then(end.failed);
  } catch (error) {
    end.failed(error);
  }
  const isFailure = await end.reached;
  const deadlineMs = options.stopWithinMs ?? stopWithinMsDefault;
  const isOrderly = await stop({ host, http, logger }, Promise.race([end.hurried, delay(deadlineMs, 'late' as const)]));
  return isOrderly && !isFailure ? 0 : 1;
}

/** What ends a service: the first signal or the first error, whichever comes first. */
class End {
  readonly #reached = Promise.withResolvers<boolean>();
  readonly #hurried = Promise.withResolvers<'hurried'>();
  readonly #logger: Logger;
  #signals = 0;

  constructor(logger: Logger) {
    this.#logger = logger;
    for (const signal of ['SIGTERM', 'SIGINT'] as const) process.on(signal, () => this.#signalled(signal));
    const crashed = (error: unknown) => this.failed(error ?? new Error('crashed without saying why'));
    process.on('uncaughtException', crashed);
    process.on('unhandledRejection', crashed);
  }

  /** Whether it was an error. */
  get reached(): Promise<boolean> {
    return this.#reached.promise;
  }

  /** A second signal: somebody does not want to wait. */
  get hurried(): Promise<'hurried'> {
    return this.#hurried.promise;
  }

  readonly failed = (error: unknown): void => {
    if (error === undefined) return;
    this.#logger.fatal({ err: error }, 'the service has failed');
    this.#reached.resolve(true);
  };

  #signalled(signal: string): void {
    this.#signals += 1;
    if (this.#signals > 1) this.#hurried.resolve('hurried');
    else this.#logger.info({ signal }, 'stopping');
    this.#reached.resolve(false);
  }
}

async function stop(
  { host, http, logger }: { host: WorkerHost; http: HttpApplication | null; logger: Logger },
  cutShort: Promise<string>,
): Promise<boolean> {
  const orderly = async () => {
    await host.stop();
    await http?.close();
    return 'stopped';
  };
  try {
    const result = await Promise.race([orderly(), cutShort]);
    if (result === 'stopped') logger.info('stopped');
    else logger.error({ result }, 'stopping was cut short; unfinished work is done again after the start');
    return result === 'stopped';
  } catch (error) {
    logger.error({ err: error }, 'the worker failed while stopping');
    return false;
  }
}
