import { expect, test } from 'vitest';
import { helpText, readOptions } from './options.ts';

test('the command line wins over the environment, which wins over the defaults', () => {
  const environment = { EMULATOR_CLIENT_ID: 'from-env', EMULATOR_KEEPALIVE_MS: '5' };
  const options = readOptions(['--client-id', 'from-line'], environment);
  expect(options).toMatchObject({
    clientId: 'from-line',
    keepaliveMs: 5,
    idleMs: 60_000,
    dataDirectory: null,
    tls: null,
  });
  expect(readOptions(['--help'], {})).toBeNull();
  expect(helpText()).toContain('EMULATOR_JWT_PUBLIC_KEY_FILE');
});

const mistakes: [string[], RegExp][] = [
  [['--http-port', 'eighty'], /--http-port must be a whole number/],
  [['--organization-id', '001'], /--organization-id must be an id/],
  [['--objects', '/does/not/exist'], /cannot be read/],
  [['--jwt-public-key-file', import.meta.filename], /neither a certificate nor a public key/],
  [['--tls-key-file', import.meta.filename], /both a key and a certificate/],
];

test.each(mistakes)('%j is refused in words', (line, message) => {
  expect(() => readOptions(line, {})).toThrow(message);
});
