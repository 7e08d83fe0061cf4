/** Logs of child processes: `<dataDir>/logs/<name>.log`, appended to, and set aside once when they have grown large. */
import { closeSync, fstatSync, mkdirSync, openSync, readSync, renameSync, statSync } from 'node:fs';
import { join } from 'node:path';

const setAsideAboveBytes = 20 * 1024 * 1024;
const tailBytes = 16 * 1024;

export function logFileOf(dataDir: string, name: string): string {
  return join(dataDir, 'logs', `${name}.log`);
}

/** Opens for appending; answers the descriptor and where this run's text begins. */
export function openLog(file: string): { descriptor: number; startsAt: number } {
  mkdirSync(join(file, '..'), { recursive: true });
  const size = statSync(file, { throwIfNoEntry: false })?.size ?? 0;
  if (size > setAsideAboveBytes) renameSync(file, `${file}.old`);
  const descriptor = openSync(file, 'a');
  return { descriptor, startsAt: fstatSync(descriptor).size };
}

/** What was written since `startsAt`, from the end, at most 16 KiB. */
export function readLogTail(file: string, startsAt = 0): string {
  try {
    const descriptor = openSync(file, 'r');
    try {
      const from = Math.max(startsAt, fstatSync(descriptor).size - tailBytes);
      const buffer = Buffer.alloc(tailBytes);
      return buffer.toString('utf8', 0, readSync(descriptor, buffer, 0, tailBytes, from));
    } finally {
      closeSync(descriptor);
    }
  } catch {
    return '';
  }
}

export function lastLines(text: string, count: number): string {
  return text.trimEnd().split('\n').slice(-count).join('\n');
}
