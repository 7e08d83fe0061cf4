/**
 * What a service is apart from its surroundings. `build` makes a worker from settings; the rest of this library gives it a
 * process: signals, health over HTTP, metrics, logs, exit codes.
 */
import type { ServiceSettings } from '@concord/config';
import type { Logger, Metrics } from '@concord/observability';

export type ServiceContext = {
  readonly settings: ServiceSettings;
  readonly logger: Logger;
  readonly metrics: Metrics;
  /** Aborted when the service is told to stop, also while it is still being built. */
  readonly signal: AbortSignal;
};

export type Readiness = { readonly ok: boolean; readonly detail: string };

export interface Worker {
  /** Whether it does its work now, and what it waits for otherwise. Asked often: answer from memory. */
  ready(): Readiness;
  /** Resolves when it has begun to work, which may be before it is ready. */
  start(): Promise<void>;
  /** Takes in nothing more, finishes what it has begun, lets go. Safe to call twice, and before start. */
  stop(): Promise<void>;
  /** Settles with the error that ends the worker, either way round; never settles after an orderly stop. */
  readonly failed: Promise<unknown>;
  /** What /info shows besides name and version: no secrets. */
  info?(): Record<string, unknown>;
}

export type BuildWorker = (context: ServiceContext) => Promise<Worker>;
