import { expect, test } from 'vitest';
import { latestTransfer } from './maven-progress.ts';

test.each([
  ['Progress (1): 4.1/18 kB\rProgress (1): 12/18 kB \r', '12/18 kB'],
  ['Progress (2): 1.2/109 MB | 3/4 kB\r', '1.2/109 MB | 3/4 kB'],
  ['Progress (1): 18 kB\r      \rDownloaded from central: x://host/a/b-1.jar (18 kB at 83 kB/s)\n', 'b-1.jar (18 kB)'],
  ['Downloaded from m: x://host/b.jar (1 kB at 2 kB/s)\nProgress (1): 1/9 MB\r', '1/9 MB'],
  ['[INFO] BUILD SUCCESS\n', undefined],
])('of %j the latest news is %j', (chunk, expected) => {
  expect(latestTransfer(chunk)).toBe(expected);
});
