/**
 * A child process with a life: start (until its probe says ready), stop (ask, then kill after a deadline), kill (as a test
 * does), restart with the same command, data and port. Each child has its own process group, so that Ctrl-C on the terminal
 * reaches only us and we stop the children in order.
 */
import { spawn, type ChildProcess } from 'node:child_process';
import { closeSync } from 'node:fs';
import { once } from 'node:events';
import { PlatformError } from './errors.ts';
import { addRunning, removeRunning } from './live-processes.ts';
import { lastLines, logFileOf, openLog, readLogTail } from './log-files.ts';
import { forgetChild, noteChild } from './pid-files.ts';
import type { ProcessDeath } from './types.ts';
import { waitUntil } from './wait-until.ts';

export type ProcessSpec = {
  name: string;
  command: string;
  args: readonly string[];
  env?: Readonly<Record<string, string>>;
  dataDir: string;
  /** Asks the process itself; an error means "not yet". Gets this run's log for those who can only be heard. */
  isReady: (logTail: () => string) => Promise<boolean>;
  readyWithinMs: number;
  stopSignal: NodeJS.Signals;
  stopWithinMs: number;
  /** True when a death during start passes by itself (a predecessor still holds the data) and starting again makes sense. */
  isPassing?: (logTail: string) => boolean;
  onDeath?: ((death: ProcessDeath) => void) | undefined;
};

type Exit = { code: number | null; signal: NodeJS.Signals | null };

const tailLines = 15;

export class ManagedProcess {
  readonly name: string;
  readonly logFile: string;
  readonly #spec: ProcessSpec;
  #child: ChildProcess | undefined;
  #logStartsAt = 0;
  #isExpectedToRun = false;

  constructor(spec: ProcessSpec) {
    this.name = spec.name;
    this.logFile = logFileOf(spec.dataDir, spec.name);
    this.#spec = spec;
  }

  /** Undefined while it does not run. */
  get pid(): number | undefined {
    return this.#child?.pid;
  }

  /** Resolves when the process answers its probe; rejects with the end of its log when it dies or stays silent. */
  async start(): Promise<void> {
    if (this.#child !== undefined) return;
    const endsAt = performance.now() + this.#spec.readyWithinMs;
    for (;;) {
      const started = this.#spawn();
      try {
        await this.#untilReady(started, endsAt);
        this.#isExpectedToRun = true;
        return;
      } catch (error) {
        const passes = started.exit !== undefined && this.#spec.isPassing?.(this.#logTail()) === true;
        await this.stop();
        if (!passes || performance.now() > endsAt) throw error;
      }
    }
  }

  /** Asks the process to end, kills it when it does not within its deadline. Safe to call twice or before start. */
  async stop(): Promise<void> {
    const child = this.#child;
    if (child === undefined) return;
    this.#isExpectedToRun = false;
    const gone = once(child, 'exit');
    this.signalNow();
    const killer = setTimeout(() => this.signalNow('SIGKILL'), this.#spec.stopWithinMs);
    if (this.#child === child) await gone;
    clearTimeout(killer);
  }

  /** Sends the signal; for SIGKILL waits until the process is gone. */
  async kill(signal: NodeJS.Signals = 'SIGKILL'): Promise<void> {
    const child = this.#child;
    if (child === undefined) return;
    const gone = once(child, 'exit');
    if (signal === 'SIGKILL') this.#isExpectedToRun = false;
    this.signalNow(signal);
    if (signal === 'SIGKILL' && this.#child === child) await gone;
  }

  /** Stops it if it runs and starts it again, with the same data and port. */
  async restart(): Promise<void> {
    await this.stop();
    await this.start();
  }

  signalNow(signal: NodeJS.Signals = this.#spec.stopSignal): void {
    this.#child?.kill(signal);
  }

  #spawn(): { exit?: Exit; failure?: Error } {
    const { command, args, env, dataDir, name, stopSignal } = this.#spec;
    const log = openLog(this.logFile);
    this.#logStartsAt = log.startsAt;
    const child = spawn(command, args, {
      detached: true,
      stdio: ['ignore', log.descriptor, log.descriptor],
      env: { ...process.env, ...env },
    });
    closeSync(log.descriptor);
    const started: { exit?: Exit; failure?: Error } = {};
    this.#child = child;
    addRunning(this);
    if (child.pid !== undefined) noteChild(dataDir, { name, pid: child.pid, stopSignal });
    const ended = (exit: Exit) => {
      started.exit = exit;
      this.#forget(child, exit);
    };
    child.once('exit', (code, signal) => ended({ code, signal }));
    child.once('error', (error) => {
      started.failure = error;
      if (child.pid === undefined) ended({ code: null, signal: null });
    });
    return started;
  }

  async #untilReady(started: { exit?: Exit; failure?: Error }, endsAt: number): Promise<void> {
    const giveUp = () => (started.exit === undefined ? undefined : this.#startError(started.exit, started.failure));
    try {
      await waitUntil(() => this.#spec.isReady(() => this.#logTail()), {
        what: `${this.name} getting ready`,
        deadlineMs: Math.max(0, endsAt - performance.now()),
        giveUp,
      });
    } catch (error) {
      throw error instanceof PlatformError && error.code === 'platform.deadline' ? this.#silenceError(error) : error;
    }
  }

  #forget(child: ChildProcess, exit: Exit): void {
    if (this.#child !== child) return;
    this.#child = undefined;
    removeRunning(this);
    forgetChild(this.#spec.dataDir, this.name);
    if (!this.#isExpectedToRun) return;
    this.#isExpectedToRun = false;
    const logTail = lastLines(this.#logTail(), tailLines);
    this.#spec.onDeath?.({ name: this.name, reason: describeExit(exit), logFile: this.logFile, logTail });
  }

  #startError(exit: Exit, failure: Error | undefined): PlatformError {
    const reason = failure === undefined ? describeExit(exit) : failure.message;
    return new PlatformError(
      {
        code: 'platform.died-at-start',
        message: `${this.name} died while starting (${reason}).`,
        hint: this.#logHint(),
      },
      { cause: failure },
    );
  }

  #silenceError(cause: PlatformError): PlatformError {
    const seconds = this.#spec.readyWithinMs / 1000;
    const message = `${this.name} did not get ready within ${seconds} s.`;
    return new PlatformError({ code: 'platform.not-ready', message, hint: this.#logHint() }, { cause });
  }

  #logHint(): string {
    const tail = lastLines(this.#logTail(), tailLines);
    return tail === '' ? `Its log ${this.logFile} is empty.` : `The end of its log ${this.logFile}:\n${tail}`;
  }

  #logTail(): string {
    return readLogTail(this.logFile, this.#logStartsAt);
  }
}

function describeExit(exit: Exit): string {
  return exit.signal === null ? `exit code ${exit.code ?? 'unknown'}` : `signal ${exit.signal}`;
}
