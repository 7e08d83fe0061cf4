import { execFileSync } from 'node:child_process';
import { expect, test } from 'vitest';
import { environmentText } from './environment-file.ts';

test('a shell reads every value literally', () => {
  const value = `it's "$HOME" \`date\` \\ ö`;
  const script = `${environmentText({ CONCORD_X: value })}printf %s "$CONCORD_X"`;
  expect(execFileSync('/bin/sh', ['-c', script], { encoding: 'utf8' })).toBe(value);
});
