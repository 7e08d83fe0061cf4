/**
 * The command line: commands, options, help. What a command does is in commands/ and is loaded when it is called, so that
 * `validate` and `--help` answer at once.
 */
import { Command, CommanderError, InvalidArgumentError, Option } from 'commander';
import type { Environment } from '@concord/config';
import { Context } from './commands/context.ts';
import { exitCodes, reportFailure } from './output/failure.ts';
import { Output } from './output/output.ts';

type Wrap = <A extends unknown[]>(
  work: (context: Context, ...args: A) => number | Promise<number>,
) => (...args: A) => Promise<void>;
type GlobalOptions = { config?: string; json?: boolean; color: boolean; debug?: boolean };

/** Runs one command line and returns its exit code. Never throws. */
export async function run(args: readonly string[], environment: Environment): Promise<number> {
  let exitCode: number = exitCodes.fine;
  const program = createProgram(environment, (code) => {
    exitCode = code;
  });
  try {
    await program.parseAsync([...args], { from: 'user' });
    return exitCode;
  } catch (error) {
    if (error instanceof CommanderError) return error.exitCode === 0 ? exitCodes.fine : exitCodes.wrong;
    throw error;
  }
}

function createProgram(environment: Environment, finish: (exitCode: number) => void): Command {
  const program = new Command('concord')
    .description('Keeps records consistent between Postgres, Salesforce and further systems.')
    .option('-c, --config <paths>', 'folder or comma-separated files of the config (default: CONCORD_CONFIG)')
    .option('--json', 'print the result as JSON')
    .option('--debug', 'show stack traces')
    .addOption(new Option('--no-color', 'print without colour (so does NO_COLOR)'))
    .exitOverride()
    .addHelpText('after', HELP);
  /** Wraps a command: makes its context, turns errors into messages and exit codes. */
  const action: Wrap =
    <A extends unknown[]>(work: (context: Context, ...args: A) => number | Promise<number>) =>
    async (...args: A): Promise<void> => {
      const { config, json = false, color, debug = false } = program.opts<GlobalOptions>();
      const output = new Output({ json, debug, color: color && (environment['NO_COLOR'] ?? '') === '' });
      const context = new Context(
        output,
        config === undefined ? environment : { ...environment, CONCORD_CONFIG: config },
      );
      try {
        finish(await work(context, ...args));
      } catch (error) {
        finish(reportFailure(error, output));
      }
    };
  addSetupCommands(program, action);
  addReportCommands(program, action);
  addConflicts(program, action);
  return program;
}

function addSetupCommands(program: Command, action: Wrap): void {
  program
    .command('validate')
    .description('check the config files; reaches no system')
    .option('--partial', 'accept documents that are only a part of a config')
    .action(
      action(async (context, options: { partial?: boolean }) =>
        (await import('./commands/validate.ts')).validate(context, { partial: options.partial === true }),
      ),
    );
  program
    .command('plan')
    .description('show what apply would do, which fields can conflict and how that is answered; changes nothing')
    .action(action(async (context) => (await import('./commands/plan.ts')).plan(context)));
  program
    .command('apply')
    .description('make topics, schemas, tables and the connector, and put the plans in force; safe to repeat')
    .action(action(async (context) => (await import('./commands/apply.ts')).apply(context)));
}

function addReportCommands(program: Command, action: Wrap): void {
  program
    .command('status')
    .description('show what is in force, lag per consumer and partition, conflicts and quarantine')
    .action(action(async (context) => (await import('./commands/status.ts')).status(context)));
  program
    .command('trace')
    .description('tell the story of one record on all systems')
    .argument('<entity>', 'entity, for example accounts')
    .argument('<id>', 'id of the record in any system, or its record id')
    .action(
      action(async (context, entity: string, id: string) =>
        (await import('./commands/trace.ts')).trace(context, entity, id),
      ),
    );
  program
    .command('audit')
    .description('print every decision as JSON lines, oldest first')
    .option('--since <time>', 'only what was decided since then, for example 2026-11-25T08:00:00Z', pointInTime)
    .action(
      action(async (context, { since }: { since?: Date }) =>
        (await import('./commands/audit.ts')).audit(context, { since }),
      ),
    );
}

function addConflicts(program: Command, action: Wrap): void {
  const conflicts = program
    .command('conflicts')
    .description('list what waits for a person, and concurrent edits with both values, newest first')
    .option('--limit <number>', 'how many', positive, 50)
    .option('--before <id>', 'only those before this id (to page on)')
    .action(
      action(async (context, { limit, before }: { limit: number; before?: string }) =>
        (await import('./commands/conflicts.ts')).conflicts(context, { limit, before }),
      ),
    );
  conflicts
    .command('resolve')
    .description('decide what waits for a person')
    .argument('<review>', 'number of the review, as `concord conflicts` lists it')
    .option('--choose <system>', 'take the value of this system, or "canonical" for the one that stands')
    .option('--value <json>', 'take a value of your own')
    .option('--as <name>', 'who decides, for the audit; your user name when absent')
    .action(
      action(async (context, id: string, options: { choose?: string; value?: string; as?: string }) =>
        (await import('./commands/resolve.ts')).resolveConflict(context, id, {
          choose: options.choose,
          value: options.value,
          as: options.as,
        }),
      ),
    );
}

function pointInTime(text: string): Date {
  const time = new Date(text);
  if (!Number.isNaN(time.getTime())) return time;
  throw new InvalidArgumentError('It must be a time, for example 2026-11-25T08:00:00Z.');
}

function positive(text: string): number {
  const number = Number(text);
  if (Number.isInteger(number) && number > 0 && number <= 10_000) return number;
  throw new InvalidArgumentError('It must be a whole number from 1 to 10000.');
}

const HELP = `
Examples:
  concord validate --config config/
  concord plan && concord apply
  concord trace accounts 001gK00000AbCdEQAV
  concord conflicts resolve 12 --choose salesforce
  concord conflicts --json | jq '.conflicts[] | {field, winner}'
  concord audit --since 2026-11-25 | jq 'select(.entity == "accounts")'

Environment:
  CONCORD_CONFIG, CONCORD_STORE_URL, CONCORD_KAFKA_BROKERS, CONCORD_REGISTRY_URL; CONCORD_CONNECT_URL for apply;
  CONCORD_SYSTEM_<NAME>_<KEY> overrides a key of a system; CONCORD_SERVICE_URLS lets status ask services.

Exit codes:
  0 fine   1 something given is wrong   2 plan: there are changes   3 unreachable or refused   4 not there   70 a fault of Concord`;
