import { expect, test } from 'vitest';
import { OpenReviews } from './open-reviews.ts';

test('looks a few times a minute, and again after a look that failed', async () => {
  const told: number[] = [];
  const answers = [Promise.resolve(2), Promise.reject(new Error('unreachable')), Promise.resolve(0)];
  let now = 0;
  const count = () => answers.shift() ?? Promise.reject(new Error('looked too often'));
  const reviews = new OpenReviews({ count, tell: (open) => told.push(open), now: () => now });
  for (now = 0; now < 30_000; now += 1_000) {
    reviews.look();
    await Promise.resolve();
  }
  await new Promise(setImmediate);
  expect(told).toEqual([2, 0]);
  expect(answers).toEqual([]);
});
