/**
 * `npm start`: the whole system on this machine. Platform, databases, emulator, `apply`, services, the story; then it
 * stays up until Ctrl-C, or ends with `--once`. What each step does is in its own file below `start/`.
 */
import { Client } from 'pg';
import { bold, green, red, yellow } from './colours.ts';
import { PlatformError } from './errors.ts';
import { stopAllOnUncaughtError, stopAllProcesses } from './live-processes.ts';
import { startPlatform } from './platform.ts';
import { consoleProgress, type ProgressListener } from './progress.ts';
import { compareSides, describeDifferences, type Sides } from './start/agreement.ts';
import { writeEnvironmentFile } from './start/environment-file.ts';
import { describeAccess } from './start/guide.ts';
import { help, parseStartOptions, type StartOptions } from './start/options.ts';
import { SalesUser } from './start/sales-user.ts';
import { playStory } from './story.ts';
import { startStack, type Stack } from './stack.ts';
import type { ProcessDeath } from './types.ts';
import { waitUntil } from './wait-until.ts';

const standsStillMsMax = 60_000;

stopAllOnUncaughtError();
const print = (line: string) => process.stdout.write(`${line}\n`);
for (const signal of ['SIGINT', 'SIGTERM'] as const) process.once(signal, () => print('\nStopping …'));

const options = parseStartOptions(process.argv.slice(2));
if (options === undefined) {
  process.stdout.write(help);
} else {
  await start(options);
}

async function start({ dataDir, fresh, sync, initSql, isExample, once }: StartOptions): Promise<void> {
  const begun = performance.now();
  const [onProgress, onDeath] = [consoleProgress(), tellDeath];
  const platform = await startPlatform({ dataDir, fresh, ports: 'usual', onProgress, onDeath });
  const stack = await startStack({ platform, dataDir, syncFiles: sync, initSql, onProgress, onDeath });
  if (!stack.isNew) print(`${yellow('↻')} going on with the data in ${dataDir} (--fresh starts over)`);
  print(green(`Everything is up after ${((performance.now() - begun) / 1000).toFixed(1)} s.`));

  const agrees = await bringIntoStep(stack, isExample, onProgress).catch((error: unknown) => {
    // Who stays up wants to look into it.
    if (once) throw error;
    print(yellow(`\n${(error as Error).message}`));
    return null;
  });
  if (agrees !== null) print(`\n${green(bold(`Both sides agree on all ${agrees} records.`))}`);
  if (once) {
    await stopAllProcesses();
    process.exit(0);
  }
  print(`\n${describeAccess(stack, writeEnvironmentFile(stack))}\n\nCtrl-C stops everything.`);
  // The children alone do not keep this process alive when their output goes to files.
  setInterval(() => undefined, 2 ** 30);
}

/** First contact, then the story if it is ours to tell; returns how many records agree in the end. */
async function bringIntoStep(stack: Stack, isExample: boolean, onProgress: ProgressListener): Promise<number> {
  const sides = await openSides(stack);
  try {
    const records = await waitForAgreement(sides, 'first contact', onProgress);
    if (!isExample) return records;
    await playStory({ ...sides, print });
    return await waitForAgreement(sides, 'agreement of both sides', onProgress);
  } finally {
    await Promise.all([sides.store.end(), sides.database.end()]);
  }
}

async function openSides({ storeUrl, databaseUrl, emulator }: Stack): Promise<Sides> {
  const store = new Client({ connectionString: storeUrl });
  const database = new Client({ connectionString: databaseUrl });
  for (const client of [store, database]) {
    // The server goes before us when everything is stopped; queries under way fail by themselves.
    client.on('error', () => undefined);
    await client.connect();
  }
  return { store, database, salesforce: new SalesUser(emulator.access) };
}

/**
 * Both sides are asked again until they agree. As long as ever fewer things differ there is no hurry, however much there is
 * to bring over; when it stands still, what differs is said.
 */
async function waitForAgreement(sides: Sides, what: string, onProgress: ProgressListener): Promise<number> {
  let last = await compareSides(sides);
  for (;;) {
    const { length: before } = last.differences;
    if (before === 0) return last.records;
    onProgress({ step: what, state: 'running', detail: `${before} differences left` });
    try {
      await waitUntil(
        async () => {
          last = await compareSides(sides);
          return last.differences.length < before;
        },
        { what, deadlineMs: standsStillMsMax, everyMs: 250 },
      );
    } catch (cause) {
      const message = `${what}: the two sides still differ, and nothing has changed for ${standsStillMsMax / 1000} s:\n${describeDifferences(last)}`;
      const hint = 'See the logs of the services, and what is parked: npm run concord -- status.';
      throw new PlatformError({ code: 'start.no-agreement', message, hint }, { cause });
    }
  }
}

function tellDeath({ name, reason, logFile, logTail }: ProcessDeath): void {
  process.stderr.write(`\n${red(`${name} died (${reason}).`)} Its log ${logFile} ends with:\n${logTail}\n`);
}
