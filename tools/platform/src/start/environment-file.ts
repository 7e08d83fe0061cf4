/** The settings of a started stack as a file for shells, so that the command line tool can be used on it. It holds secrets. */
import { chmodSync, writeFileSync } from 'node:fs';
import { join, relative } from 'node:path';
import type { Stack } from '../stack.ts';

/** Returns the path, as it can be typed here. */
export function writeEnvironmentFile({ configFolder, env, services }: Stack): string {
  const urls = Object.values(services).map(({ url }) => url);
  const file = join(configFolder, '..', 'concord.env');
  writeFileSync(file, environmentText({ ...env, CONCORD_SERVICE_URLS: urls.join(',') }), { mode: 0o600 });
  // The mode above counts for new files only.
  chmodSync(file, 0o600);
  return relative(process.cwd(), file) || file;
}

export function environmentText(environment: Readonly<Record<string, string>>): string {
  const lines = Object.entries(environment).map(([name, value]) => `export ${name}=${quoted(value)}`);
  return `${lines.join('\n')}\n`;
}

/** As a POSIX shell reads it literally. */
function quoted(value: string): string {
  return `'${value.replaceAll("'", `'\\''`)}'`;
}
