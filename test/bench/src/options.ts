/** What a run of the benchmark is asked to do. */
import { resolve } from 'node:path';
import { parseArgs } from 'node:util';

export type Side = 'rival' | 'one-way' | 'two-way';
const allSides: readonly Side[] = ['rival', 'one-way', 'two-way'];

export type Options = {
  pairs: number;
  rows: number;
  warmUpRows: number;
  warmUpSeconds: number;
  /** Open loop: transactions begun per second, and for how long. */
  ratePerSecond: number;
  latencySeconds: number;
  sides: readonly Side[];
  /** Tries the rival's settings and keeps the best; otherwise the settings that were best before. */
  tunesRival: boolean;
  /** Writes a CPU profile of each of our services. */
  profiles: boolean;
  dataDir: string;
  /** Only whole runs are worth keeping. */
  keepsResults: boolean;
};

export const usage = `Usage: npm run bench -- [options]
  --pairs N         alternating runs of the rival and of both our sides (default 3)
  --rows N          rows per throughput phase (default 100000)
  --seconds N       length of the open loop of 200 transactions a second (default 15)
  --quick           one pair, 20000 rows, 5 s; results are shown, not kept
  --only LIST       of rival,one-way,two-way; results are shown, not kept
  --tune            first tries the rival's settings and uses the best ones
  --profile         CPU profiles of our services, in the data folder
  --data-dir DIR    default .concord/bench`;

const quick = { pairs: 1, rows: 20_000, seconds: 5 };
const whole = { pairs: 3, rows: 100_000, seconds: 15 };

/** Of single rows, at the rate of the open loop. */
const WARM_UP_SECONDS = 5;

/** Null when only help was asked for. */
export function parseOptions(args: readonly string[], projectFolder: string): Options | null {
  const { values } = parseArgs({
    args: [...args],
    options: {
      pairs: { type: 'string' },
      rows: { type: 'string' },
      seconds: { type: 'string' },
      quick: { type: 'boolean', default: false },
      only: { type: 'string' },
      tune: { type: 'boolean', default: false },
      profile: { type: 'boolean', default: false },
      'data-dir': { type: 'string' },
      help: { type: 'boolean', default: false },
    },
  });
  if (values.help) return null;
  const defaults = values.quick ? quick : whole;
  const rows = positive('rows', values.rows) ?? defaults.rows;
  return {
    pairs: positive('pairs', values.pairs) ?? defaults.pairs,
    rows,
    warmUpRows: Math.max(1_000, Math.ceil(rows / 10)),
    warmUpSeconds: WARM_UP_SECONDS,
    ratePerSecond: 200,
    latencySeconds: positive('seconds', values.seconds) ?? defaults.seconds,
    sides: values.only === undefined ? allSides : sidesOf(values.only),
    tunesRival: values.tune,
    profiles: values.profile,
    dataDir: resolve(values['data-dir'] ?? `${projectFolder}/.concord/bench`),
    keepsResults: !values.quick && values.only === undefined && !values.profile,
  };
}

function positive(name: string, text: string | undefined): number | undefined {
  if (text === undefined) return undefined;
  const value = Number(text);
  if (Number.isInteger(value) && value > 0) return value;
  throw new Error(`--${name} wants a whole number above zero, not '${text}'.\n${usage}`);
}

function sidesOf(list: string): Side[] {
  const asked = list.split(',');
  const unknown = asked.filter((name) => !allSides.some((side) => side === name));
  if (unknown.length > 0)
    throw new Error(`--only knows ${allSides.join(', ')}, not '${unknown.join(', ')}'.\n${usage}`);
  return allSides.filter((side) => asked.includes(side));
}
