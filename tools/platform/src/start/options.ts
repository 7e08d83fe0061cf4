/** What `npm start` can be told, and its help. */
import { existsSync } from 'node:fs';
import { join, resolve } from 'node:path';
import { parseArgs } from 'node:util';
import { PlatformError } from '../errors.ts';
import { defaultDataDir, projectFolder } from '../folders.ts';

export type StartOptions = {
  /** Config files or folders; together they are one config. */
  sync: string[];
  initSql: string[];
  /** Whether the example runs, with the story that goes with it. */
  isExample: boolean;
  fresh: boolean;
  once: boolean;
  dataDir: string;
};

export const help = `Usage: npm start -- [options]

Starts PostgreSQL, Kafka, the schema registry, Kafka Connect with Debezium, a Salesforce emulator and Concord's services
as processes of this machine, applies the sync, plays a short story and stays up until Ctrl-C.
A second start goes on with the data of the first.

  --sync FILE       Config file or folder (repeatable, or separated by commas) instead of the example of the
                    accounts table. Its Postgres system is the database customer_data here, its Salesforce the emulator.
  --init-sql FILE   SQL to run in the new database (repeatable) instead of the example's table.
  --fresh           Throws away what earlier starts kept.
  --once            Ends after the story: exit code 0 only if both sides agree.
  --data-dir DIR    Where everything is kept (default: .concord/data in the project).
  --help            This text.
`;

const example = join(projectFolder, 'test', 'fixtures', 'seeds', 'sf-postgres-accounts');

/** Undefined when only help was wanted. */
export function parseStartOptions(args: readonly string[]): StartOptions | undefined {
  const values = parse(args);
  if (values.help === true) return undefined;
  const sync = filesOf(values.sync);
  const initSql = filesOf(values['init-sql']);
  const isExample = sync.length === 0;
  return {
    sync: isExample ? [example] : sync,
    initSql: isExample && initSql.length === 0 ? [join(example, 'accounts.sql')] : initSql,
    isExample,
    fresh: values.fresh ?? false,
    once: values.once ?? false,
    dataDir: resolve(values['data-dir'] ?? defaultDataDir),
  };
}

function parse(args: readonly string[]) {
  try {
    return parseArgs({
      args: [...args],
      options: {
        sync: { type: 'string', multiple: true },
        'init-sql': { type: 'string', multiple: true },
        fresh: { type: 'boolean' },
        once: { type: 'boolean' },
        'data-dir': { type: 'string' },
        help: { type: 'boolean', short: 'h' },
      },
    }).values;
  } catch (cause) {
    const message = cause instanceof Error ? cause.message : String(cause);
    throw new PlatformError({ code: 'start.options', message, hint: `\n${help}` }, { cause });
  }
}

/** All files that are not there are named at once. Names are taken from where npm was called. */
function filesOf(values: readonly string[] | undefined): string[] {
  const from = process.env['INIT_CWD'] ?? process.cwd();
  const files = (values ?? []).flatMap((value) => value.split(',')).map((file) => resolve(from, file.trim()));
  const missing = files.filter((file) => !existsSync(file));
  if (missing.length === 0) return files;
  throw new PlatformError({
    code: 'start.no-such-file',
    message: `Not found: ${missing.join(', ')}`,
    hint: 'Give the path of a file or folder; relative ones count from where you are.',
  });
}
