// Long text that changed a little is sent as a unified difference instead of in full: two header lines, of which the
// second names the SHA-256 of the previous value so that a subscriber can tell whether it holds the right base, and one
// hunk from the first to the last line that differs, with some lines around it.
import { createHash } from 'node:crypto';
import type { Field, Value } from '../model/field.ts';

/** Shorter texts are always sent in full. */
const DIFF_LENGTH_MIN = 1000;
const CONTEXT_LINES = 3;

/** The difference, or null where the value itself is what goes into the event: another type, a short or a shorter text. */
export function textDiff(field: Field, before: Value, after: Value): string | null {
  if (field.type !== 'textarea' || typeof before !== 'string' || typeof after !== 'string') return null;
  if (after.length < DIFF_LENGTH_MIN) return null;
  const diff = `--- \n+++ ${createHash('sha256').update(before).digest('hex')}\n${hunk(before.split('\n'), after.split('\n'))}`;
  return diff.length < after.length ? diff : null;
}

function hunk(before: string[], after: string[]): string {
  let start = 0;
  while (start < before.length && start < after.length && before[start] === after[start]) start++;
  let tail = 0;
  const tailMax = Math.min(before.length, after.length) - start;
  while (tail < tailMax && before.at(-1 - tail) === after.at(-1 - tail)) tail++;
  const from = Math.max(0, start - CONTEXT_LINES);
  const shownTail = Math.min(tail, CONTEXT_LINES);
  const removed = before.slice(start, before.length - tail);
  const added = after.slice(start, after.length - tail);
  const around = start - from + shownTail;
  const lines = [
    `@@ -${from + 1},${removed.length + around} +${from + 1},${added.length + around} @@`,
    ...before.slice(from, start).map((line) => ` ${line}`),
    ...removed.map((line) => `-${line}`),
    ...added.map((line) => `+${line}`),
    ...after.slice(after.length - tail, after.length - tail + shownTail).map((line) => ` ${line}`),
  ];
  return lines.join('\n');
}
