/**
 * `npm run bench`: 100,000 rows from Postgres over Kafka to Postgres, through Concord's four stages and through Debezium's own
 * source and JDBC sink, in alternating runs on one platform. A run whose tables differ at its end is void and ends the
 * whole with an error.
 */
import { startPlatform, stopAllOnUncaughtError, stopAllProcesses, consoleProgress } from '@concord/platform';
import { resolve } from 'node:path';
import { runAll } from './run-all.ts';
import { parseOptions, usage } from './options.ts';

stopAllOnUncaughtError();
const projectFolder = resolve(import.meta.dirname, '../../..');
const options = parseOptions(process.argv.slice(2), projectFolder);
if (options === null) {
  process.stdout.write(`${usage}\n`);
  process.exit(0);
}
const platform = await startPlatform({
  dataDir: options.dataDir,
  fresh: true,
  connectPlugins: ['debezium-jdbc'],
  postgresSettings: {
    track_commit_timestamp: 'on',
    max_wal_size: '8GB',
    checkpoint_timeout: '30min',
    shared_buffers: '512MB',
  },
  heapMegabytes: 1_024,
  onProgress: consoleProgress(),
});
await runAll(platform, options);
await stopAllProcesses();
process.exit(0);
