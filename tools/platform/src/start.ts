/**
 * `npm start`: the whole system on this machine. Platform, databases, emulator, `apply`, services, the story; then it
 * stays up until Ctrl-C, or ends with `--once`. What each step does is in its own file below `start/`.
 */
import { Client } from 'pg';
import { bold, green, red, yellow } from './colours.ts';
import { PlatformError } from './errors.ts';
import { stopAllOnUncaughtError, stopAllProcesses } from './live-processes.ts';
import { startPlatform } from './platform.ts';
import { consoleProgress } from './progress.ts';
import { compareSides, describeDifferences, type Sides } from './start/agreement.ts';
import { createDatabases, storeDatabase, userDatabase } from './start/databases.ts';
import { startEmulator } from './start/emulator.ts';
import { describeAccess } from './start/guide.ts';
import { help, parseStartOptions, type StartOptions } from './start/options.ts';
import { SalesUser } from './start/sales-user.ts';
import { apply, environmentOf, startServices } from './start/services.ts';
import { playStory } from './story.ts';
import type { Platform, ProcessDeath } from './types.ts';
import { waitUntil } from './wait-until.ts';

const agreeWithinMs = 120_000;

stopAllOnUncaughtError();
const print = (line: string) => process.stdout.write(`${line}\n`);
for (const signal of ['SIGINT', 'SIGTERM'] as const) process.once(signal, () => print('\nStopping …'));

const options = parseStartOptions(process.argv.slice(2));
if (options === undefined) {
  process.stdout.write(help);
} else {
  await start(options);
}

async function start(options: StartOptions): Promise<void> {
  const begun = performance.now();
  const onProgress = consoleProgress();
  const { dataDir, fresh } = options;
  const platform = await startPlatform({ dataDir, fresh, ports: 'usual', onProgress, onDeath: tellDeath });
  const emulator = await startEmulator({ dataDir, onProgress, onDeath: tellDeath });
  const isNew = await createDatabases(platform.postgres, options.initSql);
  if (!isNew) print(`${yellow('↻')} going on with the data in ${dataDir} (--fresh starts over)`);
  const environment = environmentOf(platform, emulator, options);
  await apply(environment, onProgress);
  const services = await startServices({ dataDir, environment, onProgress, onDeath: tellDeath });
  print(green(`Everything is up after ${((performance.now() - begun) / 1000).toFixed(1)} s.`));

  const sides = await openSides(platform, new SalesUser(emulator));
  await waitForAgreement(sides, 'First contact');
  if (options.isExample) await playStory({ ...sides, print });
  const records = await waitForAgreement(sides, 'Agreement of both sides');
  print(`\n${green(bold(`Both sides agree on all ${records} records.`))}`);
  await Promise.all([sides.store.end(), sides.database.end()]);
  if (options.once) {
    await stopAllProcesses();
    process.exit(0);
  }
  print(`\n${describeAccess(platform, emulator, services)}\n\nCtrl-C stops everything.`);
  // The children alone do not keep this process alive when their output goes to files.
  setInterval(() => undefined, 2 ** 30);
}

async function openSides(platform: Platform, salesforce: SalesUser): Promise<Sides> {
  const store = new Client({ connectionString: platform.postgres.url(storeDatabase) });
  const database = new Client({ connectionString: platform.postgres.url(userDatabase) });
  await Promise.all([store.connect(), database.connect()]);
  return { store, database, salesforce };
}

/** Both sides are asked again until they agree; when they do not in time, what differs is said. */
async function waitForAgreement(sides: Sides, what: string): Promise<number> {
  let last = await compareSides(sides);
  try {
    const agreed = await waitUntil(
      async () => {
        last = await compareSides(sides);
        return last.differences.length === 0 && last;
      },
      { what, deadlineMs: agreeWithinMs, everyMs: 250 },
    );
    return agreed.records;
  } catch (cause) {
    const message = `${what}: the two sides still differ after ${agreeWithinMs / 1000} s:\n${describeDifferences(last)}`;
    throw new PlatformError({ code: 'start.no-agreement', message, hint: 'See the logs of the services.' }, { cause });
  }
}

function tellDeath({ name, reason, logFile, logTail }: ProcessDeath): void {
  process.stderr.write(`\n${red(`${name} died (${reason}).`)} Its log ${logFile} ends with:\n${logTail}\n`);
}
