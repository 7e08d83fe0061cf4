/** What the catalogue says about one table: columns in canonical types, key, replica identity. */
import { nearest } from '@concord/config';
import type { ConnectorError } from '@concord/connector-kit';
import type { FieldType } from '@concord/core';
import type { PostgresPool } from '../connection.ts';
import { postgresError } from '../errors.ts';
import { avroFieldName, parseObject } from '../names.ts';
import { canBeKey, fieldTypeOf, parseTypeName, type NativeType } from './types.ts';

export type ColumnDescription = {
  readonly name: string;
  /** Null where the type is refused; `refusal` then says why. */
  readonly type: FieldType | null;
  readonly refusal: string | null;
  /** As `format_type` writes it, for casts: `numeric(10,2)`. */
  readonly nativeType: string;
  readonly nullable: boolean;
  /** The database computes it; it cannot be written. */
  readonly generated: 'stored' | 'virtual' | null;
  readonly identity: 'always' | 'by default' | null;
  readonly default: string | null;
};

export type TableDescription = {
  /** `public.accounts` */
  readonly object: string;
  readonly columns: readonly ColumnDescription[];
  /** Key columns in the order of the key; empty without a primary key. */
  readonly primaryKey: readonly string[];
  /** The database gives new rows their key. */
  readonly isKeyGenerated: boolean;
  readonly replicaIdentity: 'default' | 'nothing' | 'full' | 'index';
  readonly isPartitioned: boolean;
  /** Why the table cannot be synchronized as it is, with the remedy; empty when it can. */
  readonly problems: readonly string[];
};

type TableRow = {
  oid: number;
  relkind: string;
  relreplident: string;
  key: string[] | null;
  partitions: string[] | null;
};
type ColumnRow = {
  name: string;
  native: string;
  base: string;
  typtype: string;
  is_array: boolean;
  not_null: boolean;
  generated: string;
  identity: string;
  default: string | null;
};

const TABLE = `SELECT c.oid, c.relkind, c.relreplident,
  (SELECT array_agg(a.attname::text ORDER BY k.n) FROM pg_index i
     CROSS JOIN unnest(i.indkey::int2[]) WITH ORDINALITY k(attnum, n) JOIN pg_attribute a ON a.attrelid = c.oid AND a.attnum = k.attnum
     WHERE i.indrelid = c.oid AND i.indisprimary AND k.n <= i.indnkeyatts) AS key
  FROM pg_class c JOIN pg_namespace n ON n.oid = c.relnamespace
  WHERE n.nspname = $1 AND c.relname = $2 AND c.relkind IN ('r', 'p', 'v', 'm', 'f')`;

const COLUMNS = `SELECT a.attname::text AS name, format_type(a.atttypid, a.atttypmod) AS native,
  format_type(b.oid, CASE WHEN t.typtype = 'd' THEN t.typtypmod ELSE a.atttypmod END) AS base, b.typtype, b.typcategory = 'A' AS is_array,
  a.attnotnull OR t.typnotnull AS not_null, a.attgenerated AS generated, a.attidentity AS identity,
  CASE WHEN a.attgenerated = '' THEN pg_get_expr(d.adbin, d.adrelid) END AS default
  FROM pg_attribute a JOIN pg_type t ON t.oid = a.atttypid JOIN pg_type b ON b.oid = CASE WHEN t.typtype = 'd' THEN t.typbasetype ELSE t.oid END
  LEFT JOIN pg_attrdef d ON d.adrelid = a.attrelid AND d.adnum = a.attnum
  WHERE a.attrelid = $1 AND a.attnum > 0 AND NOT a.attisdropped ORDER BY a.attnum`;

const TABLE_NAMES = `SELECT n.nspname || '.' || c.relname AS name FROM pg_class c JOIN pg_namespace n ON n.oid = c.relnamespace
  WHERE c.relkind IN ('r', 'p') AND n.nspname NOT IN ('pg_catalog', 'information_schema', 'concord') AND n.nspname NOT LIKE 'pg_toast%' LIMIT 5000`;

export async function describeTable(pool: PostgresPool, object: string): Promise<TableDescription> {
  const { schema, table } = parseObject(object);
  const [found] = await pool.query<TableRow>(TABLE, [schema, table]);
  if (found === undefined) throw await tableMissing(pool, `${schema}.${table}`);
  const columns = (await pool.query<ColumnRow>(COLUMNS, [found.oid])).map(columnOf);
  const primaryKey = found.key ?? [];
  const described = {
    object: `${schema}.${table}`,
    columns: columns.map(({ column }) => column),
    primaryKey,
    isKeyGenerated: primaryKey.length > 0 && primaryKey.every((key) => isGiven(columns, key)),
    replicaIdentity: identityOf(found.relreplident),
    isPartitioned: found.relkind === 'p',
  };
  return { ...described, problems: problemsOf(found.relkind, columns, primaryKey) };
}

/** The column of a description; throws an error that names what is near. */
export function columnOfTable(pool: PostgresPool, table: TableDescription, name: string): ColumnDescription {
  const column = table.columns.find((one) => one.name === name);
  if (column !== undefined) return column;
  const names = table.columns.map((one) => one.name);
  const near = nearest(name, names);
  throw postgresError('postgres.column_missing', 'halt', {
    message: `Table ${table.object} at ${pool.where} has no column "${name}".${near === null ? '' : ` Did you mean "${near}"?`}`,
    hint: `Correct the mapping, or add the column. The table has: ${names.join(', ')}.`,
  });
}

async function tableMissing(pool: PostgresPool, object: string): Promise<ConnectorError> {
  const names = (await pool.query<{ name: string }>(TABLE_NAMES)).map(({ name }) => name);
  const near = nearest(object, names) ?? names.find((name) => name.endsWith(`.${parseObject(object).table}`)) ?? null;
  return postgresError('postgres.table_missing', 'halt', {
    message: `Database "${pool.database}" at ${pool.where} has no table "${object}".${near === null ? '' : ` Did you mean "${near}"?`}`,
    hint: 'Create the table, or correct its name (schema.table, in the letter case of the catalogue) or the database in the config.',
  });
}

type Described = { readonly column: ColumnDescription; readonly native: NativeType };

function columnOf(row: ColumnRow): Described {
  const { name, modifier } = parseTypeName(row.base);
  const native: NativeType = { name, modifier, kind: kindOf(row.typtype), isArray: row.is_array };
  const verdict = fieldTypeOf(native);
  return {
    native,
    column: {
      name: row.name,
      type: 'type' in verdict ? verdict.type : null,
      refusal: 'refusal' in verdict ? verdict.refusal : null,
      nativeType: row.native,
      nullable: !row.not_null,
      generated: row.generated === 's' ? 'stored' : row.generated === 'v' ? 'virtual' : null,
      identity: row.identity === 'a' ? 'always' : row.identity === 'd' ? 'by default' : null,
      default: row.default,
    },
  };
}

function kindOf(typtype: string): NativeType['kind'] {
  const kinds: Record<string, NativeType['kind']> = {
    b: 'base',
    e: 'enum',
    c: 'composite',
    r: 'range',
    m: 'multirange',
  };
  return kinds[typtype] ?? 'pseudo';
}

function identityOf(relreplident: string): TableDescription['replicaIdentity'] {
  return relreplident === 'f' ? 'full' : relreplident === 'n' ? 'nothing' : relreplident === 'i' ? 'index' : 'default';
}

/** Filled without being written: by an identity, a sequence, a function of the database, or as a generated column. */
function isGiven(columns: readonly Described[], key: string): boolean {
  const column = columns.find((one) => one.column.name === key)?.column;
  return (
    column !== undefined && (column.identity !== null || column.generated !== null || /\(/.test(column.default ?? ''))
  );
}

function problemsOf(relkind: string, columns: readonly Described[], primaryKey: readonly string[]): string[] {
  const problems: string[] = [];
  if (relkind !== 'r' && relkind !== 'p') problems.push('It is a view or a foreign table. Map the table behind it.');
  if (primaryKey.length === 0) problems.push('It has no primary key. Add one: records are told apart by it.');
  for (const { column, native } of columns) {
    if (!primaryKey.includes(column.name) || canBeKey(native)) continue;
    problems.push(
      `Its key column "${column.name}" has type ${column.nativeType}, which cannot identify a record. Use bigint, uuid or text.`,
    );
  }
  const byField = Map.groupBy(columns, ({ column }) => avroFieldName(column.name).toLowerCase());
  for (const same of byField.values()) {
    if (same.length === 1) continue;
    const names = same.map(({ column }) => `"${column.name}"`).join(' and ');
    problems.push(`Columns ${names} have one name in the change stream. Rename one of them.`);
  }
  return problems;
}
