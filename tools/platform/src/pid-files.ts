/**
 * One file per child under `<dataDir>/run`, so that the next start finds what a killed parent left behind, and one for the
 * parent itself, so that two platforms never share a data folder.
 */
import { mkdirSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { PlatformError } from './errors.ts';
import { identityOf, isStillRunning, type ProcessIdentity } from './process-identity.ts';
import { waitUntil } from './wait-until.ts';

type ChildNote = ProcessIdentity & { name: string; order: number; stopSignal: NodeJS.Signals };

const ownerFile = 'owner.json';
const leftoverStopMs = 20_000;
let nextOrder = 0;

export function noteChild(dataDir: string, child: { name: string; pid: number; stopSignal: NodeJS.Signals }): void {
  const identity = identityOf(child.pid);
  if (identity === undefined) return; // It died at once; whoever started it will notice.
  const note: ChildNote = {
    ...identity,
    name: child.name,
    order: Date.now() * 1000 + (nextOrder++ % 1000),
    stopSignal: child.stopSignal,
  };
  mkdirSync(runFolder(dataDir), { recursive: true });
  writeFileSync(childFile(dataDir, child.name), JSON.stringify(note));
}

export function forgetChild(dataDir: string, name: string): void {
  rmSync(childFile(dataDir, name), { force: true });
}

/** Makes this process the owner of the data folder; refuses when another living one is. */
export function takeOwnership(dataDir: string): void {
  mkdirSync(runFolder(dataDir), { recursive: true });
  const file = join(runFolder(dataDir), ownerFile);
  const owner = readNote(file);
  if (owner !== undefined && owner.pid !== process.pid && isStillRunning(owner)) {
    throw new PlatformError({
      code: 'platform.already-running',
      message: `A platform already runs on ${dataDir} (process ${owner.pid}).`,
      hint: 'Use that one, stop it first (Ctrl-C there), or choose another folder with --data-dir.',
    });
  }
  writeFileSync(file, JSON.stringify(identityOf(process.pid)));
}

export function giveUpOwnership(dataDir: string): void {
  rmSync(join(runFolder(dataDir), ownerFile), { force: true });
}

/** Stops what an earlier owner left running, last started first. Answers the names of what was found. */
export async function stopLeftovers(dataDir: string): Promise<string[]> {
  const notes = readdirSync(runFolder(dataDir))
    .filter((file) => file.endsWith('.pid.json'))
    .map((file) => readNote(join(runFolder(dataDir), file)) as ChildNote | undefined)
    .filter((note) => note !== undefined)
    .toSorted((left, right) => right.order - left.order);
  const stopped: string[] = [];
  for (const note of notes) {
    if (isStillRunning(note)) {
      await stopLeftover(note);
      stopped.push(note.name);
    }
    forgetChild(dataDir, note.name);
  }
  return stopped;
}

async function stopLeftover(note: ChildNote): Promise<void> {
  const gone = async () => !isStillRunning(note);
  process.kill(note.pid, note.stopSignal);
  try {
    await waitUntil(gone, { what: `${note.name} stopping`, deadlineMs: leftoverStopMs });
  } catch {
    if (isStillRunning(note)) process.kill(note.pid, 'SIGKILL');
    await waitUntil(gone, { what: `${note.name} ending after SIGKILL`, deadlineMs: leftoverStopMs });
  }
}

function readNote(file: string): ProcessIdentity | undefined {
  try {
    return JSON.parse(readFileSync(file, 'utf8')) as ProcessIdentity;
  } catch {
    return undefined;
  }
}

const runFolder = (dataDir: string) => join(dataDir, 'run');
const childFile = (dataDir: string, name: string) => join(runFolder(dataDir), `${name}.pid.json`);
