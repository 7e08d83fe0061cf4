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
import { describeAccess } from './start/guide.ts';
import { help, parseStartOptions, type StartOptions } from './start/options.ts';
import { SalesUser } from './start/sales-user.ts';
import { playStory } from './story.ts';
import { startStack, type Stack } from './stack.ts';
import type { ProcessDeath } from './types.ts';
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

async function start({ dataDir, fresh, sync, initSql, isExample, once }: StartOptions): Promise<void> {
  const begun = performance.now();
  const [onProgress, onDeath] = [consoleProgress(), tellDeath];
  const platform = await startPlatform({ dataDir, fresh, ports: 'usual', onProgress, onDeath });
  const stack = await startStack({ platform, dataDir, syncFiles: sync, initSql, onProgress, onDeath });
  if (!stack.isNew) print(`${yellow('↻')} going on with the data in ${dataDir} (--fresh starts over)`);
  print(green(`Everything is up after ${((performance.now() - begun) / 1000).toFixed(1)} s.`));

  const sides = await openSides(stack);
  await waitForAgreement(sides, 'First contact');
  if (isExample) await playStory({ ...sides, print });
  const records = await waitForAgreement(sides, 'Agreement of both sides');
  print(`\n${green(bold(`Both sides agree on all ${records} records.`))}`);
  await Promise.all([sides.store.end(), sides.database.end()]);
  if (once) {
    await stopAllProcesses();
    process.exit(0);
  }
  print(`\n${describeAccess(stack)}\n\nCtrl-C stops everything.`);
  // The children alone do not keep this process alive when their output goes to files.
  setInterval(() => undefined, 2 ** 30);
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
