/** The levels of `npm test`: what each runs, what it needs, and how its results are counted. */
import { existsSync, mkdirSync, readFileSync, rmSync } from 'node:fs';
import { randomUUID } from 'node:crypto';
import { join } from 'node:path';
import { consoleProgress, startPlatform, type Platform } from '@concord/platform';
import { endLeftovers, MARK } from './leftovers.ts';
import { runProgram } from './run-program.ts';
import { summarize, type Tally, type VitestReport } from './vitest-report.ts';

/** What the levels of one run share. */
export type Run = { platform: Platform | null; readonly interruption: AbortSignal };

type Level = {
  readonly name: string;
  readonly needsPlatform: boolean;
  run(surroundings: Surroundings): Promise<Tally>;
};
type Surroundings = { readonly environment: NodeJS.ProcessEnv; readonly interruption: AbortSignal };

const ROOT = join(import.meta.dirname, '../../..');
const WORK = join(ROOT, '.concord/test');
const BIN = join(ROOT, 'node_modules/.bin');

/** No level takes nearly as long; one that hangs must not hang the build. */
const DEADLINE_MS = 15 * 60_000;

const CHECKS: readonly (readonly [string, ...string[]])[] = [
  ['prettier', '--check', '--log-level', 'warn', '.'],
  ['oxlint', '--type-aware', '--deny-warnings'],
  ['tsc', '-p', '.'],
  ['knip'],
  ['node', 'tools/codegen/src/main.ts', '--check'],
];

export const LEVELS: readonly Level[] = [
  { name: 'lint', needsPlatform: false, run: runChecks },
  vitestLevel('unit', false),
  vitestLevel('simulation', false),
  vitestLevel('contract', true),
  vitestLevel('e2e', false), // its stories kill brokers and services: it starts a platform of its own
];

/** Never rejects: a level that cannot run has failed. */
export async function runLevel(level: Level, run: Run): Promise<Tally> {
  const startedAtMs = Date.now();
  console.log(`\n── ${level.name} ${'─'.repeat(60 - level.name.length)}`);
  const mark = randomUUID();
  const tally: Tally = { passed: 0, failed: 0 };
  try {
    if (level.needsPlatform) run.platform ??= await startTestPlatform();
    const environment = { ...environmentOf(run.platform), [MARK]: mark };
    const { passed, failed } = await level.run({ environment, interruption: run.interruption });
    tally.passed += passed;
    tally.failed += failed;
  } catch (error) {
    console.error(error);
    tally.failed += 1;
  }
  const leftovers = await endLeftovers(mark);
  for (const leftover of leftovers) console.error(`✗ still running after the level: ${leftover}`);
  tally.failed += leftovers.length;
  const seconds = ((Date.now() - startedAtMs) / 1000).toFixed(1);
  console.log(`${level.name}: ${tally.passed} passed, ${tally.failed} failed in ${seconds} s`);
  return tally;
}

async function runChecks({ environment, interruption }: Surroundings): Promise<Tally> {
  const tally: Tally = { passed: 0, failed: 0 };
  for (const [command, ...args] of CHECKS) {
    const exitCode = await start(command, args, { environment, interruption });
    tally[exitCode === 0 ? 'passed' : 'failed'] += 1;
    console.log(`${exitCode === 0 ? '✓' : '✗'} ${command} ${args.join(' ')}`);
  }
  return tally;
}

function vitestLevel(name: string, needsPlatform: boolean): Level {
  return {
    name,
    needsPlatform,
    run: async (surroundings) => {
      mkdirSync(WORK, { recursive: true });
      const reportFile = join(WORK, `${name}.json`);
      rmSync(reportFile, { force: true });
      const reporters = ['--reporter=default', '--reporter=json', `--outputFile.json=${reportFile}`];
      const exitCode = await start('vitest', ['run', '--project', name, ...reporters], surroundings);
      if (!existsSync(reportFile)) throw new Error(`Vitest ended with exit code ${exitCode} before it could report.`);
      const report = JSON.parse(readFileSync(reportFile, 'utf8')) as VitestReport;
      const { tally, remarks } = summarize(report, { exitCode, root: ROOT });
      for (const remark of remarks) console.log(remark);
      return tally;
    },
  };
}

function startTestPlatform(): Promise<Platform> {
  return startPlatform({
    dataDir: join(WORK, 'platform'),
    ports: 'free',
    fresh: true,
    onProgress: consoleProgress(),
    onDeath: ({ name, reason, logFile }) => console.error(`✗ ${name} died (${reason}); its log is ${logFile}`),
  });
}

function environmentOf(platform: Platform | null): NodeJS.ProcessEnv {
  const isForPeople = process.stdout.isTTY || process.env['FORCE_COLOR'] !== undefined;
  const base = {
    ...process.env,
    PATH: `${BIN}:${process.env['PATH']}`,
    ...(isForPeople ? {} : { NO_COLOR: '1' }),
  };
  if (platform === null) return base;
  return {
    ...base,
    CONCORD_TEST_PG_URL: platform.postgres.url('postgres'),
    CONCORD_TEST_KAFKA: platform.kafka.brokers.join(','),
    CONCORD_TEST_REGISTRY: platform.registry.url,
    CONCORD_TEST_APICURIO: platform.registry.apicurioUrl,
    CONCORD_TEST_CONNECT: platform.connect.url,
  };
}

function start(command: string, args: readonly string[], surroundings: Surroundings): Promise<number> {
  return runProgram({ ...surroundings, command: join(BIN, command), args, folder: ROOT, deadlineMs: DEADLINE_MS });
}
