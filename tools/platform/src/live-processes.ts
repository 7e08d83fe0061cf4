/**
 * Children must not outlive this process. Every running child stands in this list in the order of starting; a signal stops
 * them in reverse order before we leave, and when we leave in any other way ('exit' allows nothing asynchronous) each
 * gets its stop signal and ends by itself. Against a `kill -9` of ourselves nothing can be done here: the next start
 * finds the pid files (leftovers.ts).
 */
import { constants } from 'node:os';
import { red } from './colours.ts';
import { PlatformError } from './errors.ts';

export type StoppableProcess = {
  readonly name: string;
  stop(): Promise<void>;
  signalNow(signal?: NodeJS.Signals): void;
};

const running: StoppableProcess[] = [];
const signals = ['SIGINT', 'SIGTERM', 'SIGHUP'] as const;
let hooksInstalled = false;
let leavingSince: number | undefined;

/** On Ctrl-C the terminal signals us, and so do npm and the bootstrap above us: what arrives together is one wish. */
const sameWishMs = 1_500;

export function addRunning(child: StoppableProcess): void {
  stopAllOnSignal();
  running.push(child);
}

export function removeRunning(child: StoppableProcess): void {
  const index = running.indexOf(child);
  if (index >= 0) running.splice(index, 1);
}

/** Stops everything that runs, last started first. A child that fails to stop does not keep the others from being stopped. */
export async function stopAllProcesses(): Promise<void> {
  for (let child = running.at(-1); child !== undefined; child = running.at(-1)) {
    await child.stop().catch(() => child?.signalNow('SIGKILL'));
    removeRunning(child);
  }
}

/**
 * For the main module of a command: an error that nobody caught stops the children in order and ends with code 1.
 * Libraries and tests do not call this; their runner has its own way with such errors.
 */
export function stopAllOnUncaughtError(): void {
  process.on('uncaughtException', leaveBecauseOf);
  process.on('unhandledRejection', leaveBecauseOf);
}

function leaveBecauseOf(error: unknown): void {
  process.stderr.write(`${describe(error)}\n`);
  void leaveWith(1);
}

/** Our own errors say where and what to do; a stack would only hide that. */
function describe(error: unknown): string {
  if (error instanceof PlatformError) return red(error.message);
  return error instanceof Error ? (error.stack ?? error.message) : String(error);
}

/** From now on a signal stops what runs before this process leaves. Repeated calls change nothing. */
export function stopAllOnSignal(): void {
  if (hooksInstalled) return;
  hooksInstalled = true;
  for (const signal of signals) process.on(signal, () => void leaveWith(128 + constants.signals[signal]));
  process.on('exit', () => {
    for (const child of running.toReversed()) child.signalNow();
  });
}

/** A later second signal is from somebody who does not want to wait. */
async function leaveWith(code: number): Promise<void> {
  if (leavingSince !== undefined) {
    if (performance.now() - leavingSince < sameWishMs) return;
    for (const child of running.toReversed()) child.signalNow('SIGKILL');
    process.exit(code);
  }
  leavingSince = performance.now();
  await stopAllProcesses();
  process.exit(code);
}
