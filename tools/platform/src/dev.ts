/**
 * A platform for tests: starts the asked parts on free ports, writes their addresses as CONCORD_TEST_* lines into
 * `<data-dir>/env.sh`, prints them, and stays up until it is told to stop.
 */
import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { parseArgs } from 'node:util';
import { concordFolder } from './folders.ts';
import { red } from './colours.ts';
import { stopAllOnUncaughtError, stopAllProcesses } from './live-processes.ts';
import { startPlatform } from './platform.ts';
import { consoleProgress } from './progress.ts';
import { allParts, type Platform, type PlatformPart } from './types.ts';

const usage = `Usage: node tools/platform/src/dev.ts [--parts ${allParts.join(',')}] [--data-dir DIR] [--fresh]`;

stopAllOnUncaughtError();
const { values } = parseArgs({
  options: {
    parts: { type: 'string', default: allParts.join(',') },
    'data-dir': { type: 'string', default: join(concordFolder, 'dev') },
    fresh: { type: 'boolean', default: false },
    help: { type: 'boolean', default: false },
  },
});
if (values.help) {
  process.stdout.write(`${usage}\n`);
  process.exit(0);
}
const parts = partsOf(values.parts);

const platform = await startPlatform({
  dataDir: values['data-dir'],
  parts,
  fresh: values.fresh,
  onProgress: consoleProgress(),
  onDeath: ({ name, reason, logFile, logTail }) => {
    process.stderr.write(`${red(`${name} died (${reason})`)}, see ${logFile}:\n${logTail}\n`);
    void stopAllProcesses().then(() => process.exit(1));
  },
});
const lines = environmentOf(platform, parts);
writeFileSync(join(platform.dataDir, 'env.sh'), lines, { mode: 0o600 });
process.stdout.write(`${lines}# started in ${(platform.startMs.total ?? 0) / 1000} s; Ctrl-C stops it\n`);
// The children alone do not keep this process alive when their output goes to files.
setInterval(() => undefined, 2 ** 30);

function environmentOf(running: Platform, started: readonly PlatformPart[]): string {
  const all: Record<PlatformPart, Record<string, string>> = {
    postgres: { CONCORD_TEST_PG_URL: running.postgres.url('postgres') },
    kafka: { CONCORD_TEST_KAFKA: running.kafka.brokers.join(',') },
    registry: { CONCORD_TEST_REGISTRY: running.registry.url, CONCORD_TEST_APICURIO: running.registry.apicurioUrl },
    connect: { CONCORD_TEST_CONNECT: running.connect.url },
  };
  const variables = started.flatMap((part) => Object.entries(all[part]));
  return variables.map(([name, value]) => `export ${name}='${value}'\n`).join('');
}

function partsOf(list: string): PlatformPart[] {
  const known = allParts.filter((part) => list.split(',').includes(part));
  if (known.length === list.split(',').length) return known;
  process.stderr.write(`There is an unknown part in '${list}'.\n${usage}\n`);
  return process.exit(2);
}
