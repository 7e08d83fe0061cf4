/**
 * Do both sides agree? Asked of the systems themselves, by what `apply` planned: for every entity all rows and all Salesforce
 * records are read, paired by the identities Concord has given them, and compared field by field.
 */
import type { EntityPlan, PlannedSystem } from '@concord/contracts';
import type { Client } from 'pg';
import type { SalesUser } from './sales-user.ts';
import { isSameIn, type ValueType } from './same-value.ts';

export type Sides = { store: Client; database: Client; salesforce: SalesUser };
export type Agreement = { records: number; differences: string[] };

type Copy = Readonly<Record<string, unknown>>;
type Copies = Map<string /* native id */, Copy>;

const shownMax = 5;

export async function compareSides(sides: Sides): Promise<Agreement> {
  const { rows } = await sides.store.query<{ plan: EntityPlan }>('SELECT plan FROM entity_plan ORDER BY entity');
  const agreement: Agreement = { records: 0, differences: [] };
  for (const { plan } of rows) {
    const found = await compareEntity(sides, plan);
    agreement.records += found.records;
    agreement.differences.push(...found.differences);
  }
  return agreement;
}

export function describeDifferences({ differences }: Agreement): string {
  const more = differences.length - shownMax;
  return [...differences.slice(0, shownMax), ...(more > 0 ? [`and ${more} more`] : [])].join('\n');
}

async function compareEntity(sides: Sides, plan: EntityPlan): Promise<Agreement> {
  const systems = Object.entries(plan.systems);
  const [postgres, salesforce] = [
    systems.find(([, { type }]) => type === 'postgres'),
    systems.find(([, { type }]) => type === 'salesforce'),
  ];
  if (postgres === undefined || salesforce === undefined) return { records: 0, differences: [] };
  const rows = await readRows(sides.database, postgres[1]);
  const records = await readRecords(sides.salesforce, salesforce[1]);
  const pairs = await readPairs(sides.store, plan.entity, [postgres[0], salesforce[0]]);
  const shared = sharedFields(postgres[1], salesforce[1]);
  const differences: string[] = [];
  for (const [rowId, row] of rows) {
    // A record may have had other ids, of copies that are gone.
    const recordId = pairs.get(rowId)?.find((id) => records.has(id));
    const record = recordId === undefined ? undefined : records.get(recordId);
    if (recordId !== undefined) records.delete(recordId);
    if (record === undefined) differences.push(`${plan.entity} ${rowId}: in Postgres only`);
    else differences.push(...fieldsThatDiffer(shared, row, record).map((text) => `${plan.entity} ${rowId}: ${text}`));
  }
  for (const id of records.keys()) differences.push(`${plan.entity} ${id}: in Salesforce only`);
  return { records: rows.size, differences };
}

async function readRows(database: Client, { object, key, fields }: PlannedSystem): Promise<Copies> {
  const columns = [...new Set([...key, ...Object.values(fields).map(({ native }) => native)])];
  // As text, so that no driver rounds anything on the way; null stays null.
  const list = columns.map((column) => `${quoted(column)}::text AS ${quoted(column)}`).join(', ');
  const { rows } = await database.query<Record<string, string | null>>(
    `SELECT ${list} FROM ${object.split('.').map(quoted).join('.')}`,
  );
  return new Map(rows.map((row) => [nativeIdOf(key.map((column) => row[column])), canonical(row, fields)]));
}

async function readRecords(salesforce: SalesUser, { object, fields, filter }: PlannedSystem): Promise<Copies> {
  const names = new Set(['Id', ...Object.values(fields).map(({ native }) => native)]);
  const conditions = Object.entries(filter).map(([name, value]) => `${name} = ${literal(value)}`);
  const where = conditions.length === 0 ? '' : ` WHERE ${conditions.join(' AND ')}`;
  const records = await salesforce.query(`SELECT ${[...names].join(', ')} FROM ${object}${where}`);
  return new Map(records.map((record) => [record.Id, canonical(record, fields)]));
}

async function readPairs(
  store: Client,
  entity: string,
  [left, right]: [string, string],
): Promise<Map<string, string[]>> {
  const { rows } = await store.query<{ left_id: string; right_id: string }>(
    `SELECT l.native_id AS left_id, r.native_id AS right_id FROM identity l JOIN identity r USING (record_id, entity)
     WHERE l.entity = $1 AND l.system = $2 AND r.system = $3`,
    [entity, left, right],
  );
  const byLeft = Map.groupBy(rows, (row) => row.left_id);
  return new Map([...byLeft].map(([id, pairs]) => [id, pairs.map((pair) => pair.right_id)]));
}

function sharedFields(postgres: PlannedSystem, salesforce: PlannedSystem): Map<string, ValueType[]> {
  const both = Object.keys(postgres.fields).flatMap((name): [string, ValueType[]][] => {
    const [left, right] = [postgres.fields[name], salesforce.fields[name]];
    return left === undefined || right === undefined ? [] : [[name, [left.type, right.type]]];
  });
  return new Map(both);
}

function fieldsThatDiffer(shared: ReadonlyMap<string, readonly ValueType[]>, row: Copy, record: Copy): string[] {
  return [...shared]
    .filter(([name, types]) => !isSameIn(types, row[name], record[name]))
    .map(([name]) => name)
    .map(
      (name) => `${name} is ${JSON.stringify(row[name])} in Postgres, ${JSON.stringify(record[name])} in Salesforce`,
    );
}

function canonical(copy: Copy, fields: PlannedSystem['fields']): Copy {
  return Object.fromEntries(Object.entries(fields).map(([name, { native }]) => [name, copy[native] ?? null]));
}

const nativeIdOf = (parts: readonly (string | null | undefined)[]) =>
  parts.length === 1 ? String(parts[0]) : JSON.stringify(parts);
const quoted = (name: string) => `"${name.replaceAll('"', '""')}"`;
const literal = (value: string | number | boolean) =>
  typeof value === 'string' ? `'${value.replaceAll('\\', '\\\\').replaceAll("'", "\\'")}'` : String(value);
