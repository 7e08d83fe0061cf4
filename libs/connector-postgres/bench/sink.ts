/**
 * How many rows a second one sink writes, guard, marks and progress included:
 *   CONCORD_TEST_PG_URL=… node libs/connector-postgres/bench/sink.ts [rows per round]
 */
import type { TargetCommand } from '@concord/connector-kit';
import { openTestDatabase } from '@concord/platform';
import { createPool } from '../src/connection.ts';
import { setUpTarget } from '../src/setup/target.ts';
import { PostgresSink } from '../src/sink/postgres-sink.ts';
import { planOf } from '../src/testing/recorded.ts';

const url = process.env['CONCORD_TEST_PG_URL'];
if (url === undefined) throw new Error('set CONCORD_TEST_PG_URL');
const rows = Number(process.argv[2] ?? 20_000);

const text = { kind: 'string' } as const;
const plan = planOf('accounts', {
  name: ['name', text, 'text'],
  city: ['city', text, 'text'],
  phone: ['phone', text, 'text'],
  amount: ['amount', { kind: 'decimal', scale: 2 }, 'numeric(12,2)'],
  seen: ['seen', { kind: 'timestamp', fractionDigits: 6 }, 'timestamp with time zone'],
});
const valuesOf = (id: number, age: number) => ({
  name: `account ${id} of round ${age}`,
  city: `city ${(id + age) % 1000}`,
  amount: `${id + age}.25`,
});

const database = await openTestDatabase(url);
const pool = createPool(database.url);
await setUpTarget(pool);
await pool.query(
  `CREATE TABLE accounts (id bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY, name text, city text, phone text, amount numeric(12,2), seen timestamptz, filler text DEFAULT repeat('x', 100))`,
);
await pool.query('ALTER TABLE accounts REPLICA IDENTITY FULL');

let sequence = 0;
const say = (line: string): void => void process.stdout.write(`${line}\n`);

async function round(
  label: string,
  batchSize: number,
  commandOf: (id: number) => Partial<TargetCommand>,
): Promise<void> {
  const sink = new PostgresSink({ system: 'pg', plans: [plan], pool: createPool(database.url) });
  const batches: TargetCommand[][] = [];
  for (let id = 1; id <= rows; id += 1) {
    if (batches.at(-1)?.length === batchSize || batches.length === 0) batches.push([]);
    const base = {
      entity: 'accounts',
      recordId: `019a0000-0000-7000-8000-${String(id).padStart(12, '0')}`,
      stream: `accounts.${id % 6}`,
    };
    const command = {
      ...base,
      sequence: (sequence += 1),
      operation: 'update',
      nativeId: String(id),
      values: {},
      expected: {},
    } as const;
    batches.at(-1)?.push({ ...command, ...commandOf(id) });
  }
  await sink.apply(batches.shift() ?? []);
  const cpu = process.cpuUsage();
  const start = performance.now();
  let applied = 0;
  for (const batch of batches)
    for (const { result } of await sink.apply(batch)) applied += result === 'applied' ? 1 : 0;
  const seconds = (performance.now() - start) / 1000;
  const { user, system } = process.cpuUsage(cpu);
  const count = batches.reduce((sum, batch) => sum + batch.length, 0);
  say(
    `${label} in batches of ${batchSize}: ${Math.round(count / seconds)} rows/s, ${((user + system) / count).toFixed(1)} us CPU/row, applied ${applied}/${count}`,
  );
  await sink.close();
}

await round('create', 1000, (id) => ({ operation: 'create', nativeId: null, values: valuesOf(id, 0) }));
await pool.query('VACUUM ANALYZE accounts');
for (const [i, batchSize] of [500, 1000, 2000].entries()) {
  await round('update', batchSize, (id) => ({ values: valuesOf(id, i + 1), expected: valuesOf(id, i) }));
}
await round('delete', 1000, () => ({ operation: 'delete' }));
await pool.end();
await database.drop();
