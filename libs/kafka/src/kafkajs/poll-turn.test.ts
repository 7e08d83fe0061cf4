import { expect, test } from 'vitest';
import { PollTurn } from './poll-turn.ts';

test('is done when the caller comes back, at once when it holds nothing', async () => {
  const turn = new PollTurn();
  await turn.isDone();
  turn.begin();
  turn.end(true);
  let isDone = false;
  const done = turn.isDone().then(() => (isDone = true));
  await Promise.resolve();
  expect(isDone).toBe(false);
  turn.begin();
  await done;
});

test('refuses two polls at a time', () => {
  const turn = new PollTurn();
  turn.begin();
  expect(() => turn.begin()).toThrow('before the last poll returned');
});

test('a wait ends when woken, aborted or over', async () => {
  const turn = new PollTurn();
  const woken = turn.wait(60_000);
  turn.wake();
  await woken;
  const abort = new AbortController();
  const aborted = turn.wait(60_000, abort.signal);
  abort.abort();
  await aborted;
  await expect(turn.wait(1)).resolves.toBeUndefined();
});
