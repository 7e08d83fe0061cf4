/**
 * `npm run bench`: 100,000 rows from Postgres over Kafka to Postgres, through Concord's four stages and through Debezium's own
 * source and JDBC sink, in alternating runs on one platform. A run whose tables differ at its end is void and ends the
 * whole with an error.
 */
import { resolve } from 'node:path';
import { consoleProgress, startPlatform, stopAllOnUncaughtError, stopAllProcesses } from '@concord/platform';
import { parseOptions, usage } from './options.ts';
import { keepResults, resultTable } from './report.ts';
import { resultsOf } from './results.ts';
import { runAll } from './run-all.ts';

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
  connectPlugins: ['debezium-jdbc', 'apicurio-avro'],
  postgresSettings: {
    // Latency and the end of a phase are read from it.
    track_commit_timestamp: 'on',
    // No checkpoint falls into a run of one side only.
    max_wal_size: '8GB',
    checkpoint_timeout: '30min',
    shared_buffers: '512MB',
  },
  heapMegabytes: 1_024,
  onProgress: consoleProgress(),
});
const runs = await runAll(platform, options);
const isWhole = Object.values(runs.runs).every((ofSide) => ofSide.length > 0);
if (isWhole) process.stdout.write(`\n${resultTable(resultsOf(runs, options))}\n`);
if (isWhole && options.keepsResults) keepResults(runs, options, projectFolder);
await stopAllProcesses();
process.exit(0);
