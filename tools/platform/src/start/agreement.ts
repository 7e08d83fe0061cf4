/**
 * Do both sides agree? Asked of the systems themselves, by what `apply` planned: for every entity all rows and all Salesforce
 * records are read, paired by the identities Concord has given them, and compared field by field.
 */
import type { EntityPlan, PlannedSystem } from '@concord/contracts';
import type { Client } from 'pg';
import type { SalesUser } from './sales-user.ts';

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
  const shared = plan.fields
    .map(({ name }) => name)
    .filter((name) => [postgres, salesforce].every(([, { fields }]) => fields[name]));
  const differences: string[] = [];
  for (const [rowId, row] of rows) {
    const recordId = pairs.get(rowId);
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

async function readPairs(store: Client, entity: string, [left, right]: [string, string]): Promise<Map<string, string>> {
  const { rows } = await store.query<{ left_id: string; right_id: string }>(
    `SELECT l.native_id AS left_id, r.native_id AS right_id FROM identity l JOIN identity r USING (record_id, entity)
     WHERE l.entity = $1 AND l.system = $2 AND r.system = $3`,
    [entity, left, right],
  );
  return new Map(rows.map((row) => [row.left_id, row.right_id]));
}

function fieldsThatDiffer(names: readonly string[], row: Copy, record: Copy): string[] {
  return names
    .filter((name) => !isSame(row[name], record[name]))
    .map(
      (name) => `${name} is ${JSON.stringify(row[name])} in Postgres, ${JSON.stringify(record[name])} in Salesforce`,
    );
}

/** Equal as values: 12.50 is 12.5, and two spellings of one moment are the same moment. */
export function isSame(left: unknown, right: unknown): boolean {
  const [leftText, rightText] = [textOf(left), textOf(right)];
  if (leftText === rightText) return true;
  if (leftText === undefined || rightText === undefined) return false;
  const readings = [numberOf, momentOf, truthOf];
  return readings.some((read) => read(leftText) !== undefined && read(leftText) === read(rightText));
}

/** What a value looks like as text; undefined stands for null and for what is not there. */
export function textOf(value: unknown): string | undefined {
  if (value === null || value === undefined) return undefined;
  return typeof value === 'string' ? value : JSON.stringify(value);
}

function numberOf(text: string): number | undefined {
  return text.trim() === '' || Number.isNaN(Number(text)) ? undefined : Number(text);
}

function momentOf(text: string): number | undefined {
  if (!/^\d{4}-\d\d-\d\d[T ]\d\d:\d\d/.test(text)) return undefined;
  const hasZone = /(Z|[+-]\d\d(:?\d\d)?)$/.test(text);
  const moment = Date.parse(`${text.replace(' ', 'T').replace(/([+-]\d\d)$/, '$1:00')}${hasZone ? '' : 'Z'}`);
  return Number.isNaN(moment) ? undefined : moment;
}

const truthOf = (text: string) => ({ t: true, true: true, f: false, false: false })[text];

function canonical(copy: Copy, fields: PlannedSystem['fields']): Copy {
  return Object.fromEntries(Object.entries(fields).map(([name, { native }]) => [name, copy[native] ?? null]));
}

const nativeIdOf = (parts: readonly (string | null | undefined)[]) =>
  parts.length === 1 ? String(parts[0]) : JSON.stringify(parts);
const quoted = (name: string) => `"${name.replaceAll('"', '""')}"`;
const literal = (value: string | number | boolean) =>
  typeof value === 'string' ? `'${value.replaceAll('\\', '\\\\').replaceAll("'", "\\'")}'` : String(value);
