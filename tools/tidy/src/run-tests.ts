/**
 * `npm test`: every level in turn, each with what it needs, then one line with the sum. A level that cannot run counts as
 * failed. `--only lint,unit` runs some levels; `npm run test:<level>` does the same.
 */
import { spawn } from 'node:child_process';
import { mkdirSync, readFileSync, rmSync } from 'node:fs';
import { join } from 'node:path';
import { parseArgs } from 'node:util';
import { consoleProgress, startPlatform, type Platform } from '@concord/platform';

type Tally = { passed: number; failed: number };
type Level = {
  readonly name: string;
  readonly needsPlatform: boolean;
  run(environment: NodeJS.ProcessEnv): Promise<Tally>;
};

const ROOT = join(import.meta.dirname, '../../..');
const WORK = join(ROOT, '.concord/test');
const BIN = join(ROOT, 'node_modules/.bin');

const CHECKS: readonly (readonly [string, ...string[]])[] = [
  ['prettier', '--check', '--log-level', 'warn', '.'],
  ['oxlint', '--type-aware', '--deny-warnings'],
  ['tsc', '-p', '.'],
  ['knip'],
  ['node', 'tools/codegen/src/main.ts', '--check'],
];

const LEVELS: readonly Level[] = [
  { name: 'lint', needsPlatform: false, run: runChecks },
  vitestLevel('unit', false),
  vitestLevel('simulation', false),
  vitestLevel('contract', true),
  vitestLevel('e2e', false), // its stories kill brokers and services: it starts a platform of its own
];

const { values: options } = parseArgs({ options: { only: { type: 'string' }, help: { type: 'boolean' } } });
if (options.help) {
  console.log(
    `npm test -- [--only ${LEVELS.map(({ name }) => name).join(',')}]\nRuns the levels in this order and ends with "N passed, N failed".`,
  );
} else {
  process.exitCode = await main(options.only?.split(','));
}

async function main(only: string[] | undefined): Promise<number> {
  const unknown = only?.filter((name) => !LEVELS.some((level) => level.name === name)) ?? [];
  if (unknown.length > 0)
    throw new Error(`no test level ${unknown.join(', ')}; there are ${LEVELS.map(({ name }) => name).join(', ')}`);
  const levels = LEVELS.filter(({ name }) => only === undefined || only.includes(name));
  rmSync(WORK, { recursive: true, force: true });
  mkdirSync(WORK, { recursive: true });
  let platform: Platform | undefined;
  const total: Tally = { passed: 0, failed: 0 };
  try {
    for (const level of levels) {
      const startedAtMs = Date.now();
      console.log(`\n── ${level.name} ${'─'.repeat(60 - level.name.length)}`);
      if (level.needsPlatform)
        platform ??= await startPlatform({
          dataDir: join(WORK, 'platform'),
          ports: 'free',
          onProgress: consoleProgress(),
        });
      const tally = await level.run(environmentOf(platform));
      total.passed += tally.passed;
      total.failed += tally.failed;
      console.log(
        `${level.name}: ${tally.passed} passed, ${tally.failed} failed in ${((Date.now() - startedAtMs) / 1000).toFixed(1)} s`,
      );
    }
  } catch (error) {
    console.error(error);
    total.failed += 1;
  } finally {
    await platform?.stop();
  }
  console.log(`\n${total.passed} passed, ${total.failed} failed`);
  return total.failed === 0 && total.passed > 0 ? 0 : 1;
}

async function runChecks(environment: NodeJS.ProcessEnv): Promise<Tally> {
  const tally: Tally = { passed: 0, failed: 0 };
  for (const [command, ...args] of CHECKS) {
    const exitCode = await run(command, args, environment);
    tally[exitCode === 0 ? 'passed' : 'failed'] += 1;
    console.log(`${exitCode === 0 ? '✓' : '✗'} ${command} ${args.join(' ')}`);
  }
  return tally;
}

function vitestLevel(name: string, needsPlatform: boolean): Level {
  return {
    name,
    needsPlatform,
    run: async (environment) => {
      const report = join(WORK, `${name}.json`);
      const exitCode = await run(
        'vitest',
        ['run', '--project', name, '--reporter=dot', '--reporter=json', `--outputFile.json=${report}`],
        environment,
      );
      const { numPassedTests, numFailedTests, numTotalTestSuites } = JSON.parse(readFileSync(report, 'utf8')) as Record<
        string,
        number
      >;
      const tally = { passed: numPassedTests ?? 0, failed: numFailedTests ?? 0 };
      // A file that cannot be loaded fails the run without a failed test.
      if (exitCode !== 0 && tally.failed === 0) tally.failed = 1;
      if (tally.passed === 0 && (numTotalTestSuites ?? 0) === 0) tally.failed += 1;
      return tally;
    },
  };
}

function environmentOf(platform: Platform | undefined): NodeJS.ProcessEnv {
  const base = { ...process.env, PATH: `${BIN}:${process.env['PATH']}`, NX_DAEMON: 'false' };
  if (platform === undefined) return base;
  return {
    ...base,
    CONCORD_TEST_PG_URL: platform.postgres.url('postgres'),
    CONCORD_TEST_KAFKA: platform.kafka.brokers.join(','),
    CONCORD_TEST_REGISTRY: platform.registry.url,
    CONCORD_TEST_APICURIO: platform.registry.apicurioUrl,
    CONCORD_TEST_CONNECT: platform.connect.url,
  };
}

function run(command: string, args: readonly string[], environment: NodeJS.ProcessEnv): Promise<number> {
  return new Promise((resolve, reject) => {
    const child = spawn(join(BIN, command), args, { cwd: ROOT, env: environment, stdio: 'inherit' });
    child.once('error', reject);
    child.once('exit', (code) => resolve(code ?? 1));
  });
}
