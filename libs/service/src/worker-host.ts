/**
 * The life of a worker:
 *
 *   starting ──▶ running ──▶ stopping ──▶ stopped
 *       └───────────┴──▶ failed
 *
 * `run` settles when the life is over for another reason than `stop`, that is with an error. Readiness is false in every
 * state but `running`, and there it is the worker's own answer.
 */
import type { BuildWorker, Readiness, ServiceContext, Worker } from './worker.ts';

type HostState = 'starting' | 'running' | 'stopping' | 'stopped' | 'failed';

export class WorkerHost {
  #state: HostState = 'starting';
  #worker: Worker | null = null;
  #building: Promise<unknown> = Promise.resolve();
  #stopping: Promise<void> | null = null;
  readonly #abort = new AbortController();

  get state(): HostState {
    return this.#state;
  }

  get signal(): AbortSignal {
    return this.#abort.signal;
  }

  /** Builds and starts the worker, calls `onRunning`, and returns the error that ends it. Never rejects. */
  async run(build: BuildWorker, context: Omit<ServiceContext, 'signal'>, onRunning: () => void): Promise<unknown> {
    try {
      const building = build({ ...context, signal: this.signal });
      this.#building = building;
      this.#worker = await building;
      if (this.#state !== 'starting') return undefined;
      // Both forms of failure become a value, so that none is ever an unhandled rejection.
      const failed = this.#worker.failed.then(identity, identity);
      await Promise.race([this.#worker.start(), failed.then(raise)]);
      if (this.#state !== 'starting') return undefined;
      this.#state = 'running';
      onRunning();
      return this.#fail(await failed);
    } catch (error) {
      return this.#fail(error);
    }
  }

  ready(): Readiness {
    if (this.#state !== 'running' || this.#worker === null) return { ok: false, detail: this.#state };
    return this.#worker.ready();
  }

  info(): Record<string, unknown> {
    return this.#worker?.info?.() ?? {};
  }

  /** Not ready from now on; resolves when the worker has let go. */
  stop(): Promise<void> {
    this.#stopping ??= this.#stop();
    return this.#stopping;
  }

  async #stop(): Promise<void> {
    if (this.#state !== 'failed') this.#state = 'stopping';
    this.#abort.abort();
    // A worker that is still being built heeds the signal; what comes of it must be let go too.
    await this.#building.catch(() => {});
    await this.#worker?.stop();
    if (this.#state === 'stopping') this.#state = 'stopped';
  }

  /** What a worker throws while it is being stopped is part of stopping. */
  #fail(error: unknown): unknown {
    if (this.#state !== 'starting' && this.#state !== 'running') return undefined;
    this.#state = 'failed';
    return error ?? new Error('the worker ended without saying why');
  }
}

const identity = (error: unknown): unknown => error;

function raise(error: unknown): never {
  throw error instanceof Error ? error : new Error('the worker failed while starting', { cause: error });
}
