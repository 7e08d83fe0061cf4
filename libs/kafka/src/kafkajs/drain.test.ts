import { expect, test } from 'vitest';
import { drain } from './drain.ts';
import type { Drain } from './drain.ts';

function setup(parts: Partial<Drain>) {
  const lines: string[] = [];
  const lost = [{ topic: 't', partition: 0 }];
  const run = drain({
    lost,
    callerIsDone: Promise.resolve(),
    onRevoked: undefined,
    heartbeat: () => undefined,
    heartbeatIntervalMs: 1_000,
    drainMsMax: 60_000,
    log: (level, message) => void lines.push(`${level}: ${message}`),
    ...parts,
  });
  return { run, lines, lost };
}

test('waits for the caller, then for the hook, which learns what is lost', async () => {
  const story: unknown[] = [];
  const caller = Promise.withResolvers<void>();
  const { run, lost, lines } = setup({
    callerIsDone: caller.promise.then(() => void story.push('caller')),
    onRevoked: async (partitions) => void story.push(partitions),
  });
  caller.resolve();
  await run;
  expect(story).toEqual(['caller', lost]);
  expect(lines).toEqual([]);
});

test('ends at its bound and says so', async () => {
  const { run, lines } = setup({ callerIsDone: new Promise(() => undefined), drainMsMax: 1 });
  await run;
  expect(lines).toEqual(['warn: partitions are given up before the work on them was done']);
});

test('a hook that fails is logged and keeps nothing back', async () => {
  const { run, lines } = setup({ onRevoked: () => Promise.reject(new Error('no store')) });
  await run;
  expect(lines).toEqual(['error: the drain before giving up partitions failed']);
});
