/**
 * Statements that write many rows at once. All commands with the same entity, operation, written and guarded columns share a
 * *shape*: one constant text whatever the number of rows, with an array of texts per column, unnested in the statement.
 *
 * Every statement returns the ordinal of each input row that it really changed, so what became of which command is exact.
 * Creates use MERGE (PostgreSQL 17+), because only there RETURNING may name the input row: INSERT … RETURNING gives the keys
 * that the database made, but not for which row.
 */
import type { Operation } from '@concord/core';
import pg from 'pg';
import { quoteName } from '../names.ts';
import { guard, writtenValue } from './native-values.ts';
import type { SinkField, SinkTable } from './sink-table.ts';

export type Shape = {
  readonly table: SinkTable;
  readonly operation: Operation;
  /** Canonical names, in the order of the parameters. */
  readonly written: readonly string[];
  readonly expected: readonly string[];
  /** Whether the rows are found by key: not those that are created. */
  readonly isKeyed: boolean;
  readonly text: string;
  /** Tells for each row whether it exists and which expected fields differ; null for creates. */
  readonly probe: string | null;
  /** Null once too many are prepared: the statement is then parsed each time. */
  readonly name: string | null;
};

export type ShapeOutline = Pick<Shape, 'table' | 'operation' | 'written' | 'expected'>;

const PREPARED_MAX = 256;
const SHAPES_MAX = 4096;

/** The shapes met so far. Bounded, since field sets come from data. */
export class ShapeCache {
  readonly #shapes = new Map<string, Shape>();
  #prepared = 0;

  get(outline: ShapeOutline): Shape {
    const id = JSON.stringify([outline.table.entity, outline.operation, outline.written, outline.expected]);
    const known = this.#shapes.get(id);
    if (known !== undefined) return known;
    if (this.#shapes.size >= SHAPES_MAX) this.#shapes.clear();
    const name = this.#prepared < PREPARED_MAX ? `concord_${(this.#prepared += 1)}` : null;
    const shape = {
      ...outline,
      isKeyed: outline.operation !== 'create',
      name,
      text: textOf(outline),
      probe: probeOf(outline),
    };
    this.#shapes.set(id, shape);
    return shape;
  }

  /** Forgets everything, since a table has changed. Names are not used again: connections remember the old texts. */
  clear(): void {
    this.#shapes.clear();
  }
}

function textOf(outline: ShapeOutline): string {
  switch (outline.operation) {
    case 'create':
      return createText(outline);
    case 'update':
      return updateText(outline);
    case 'delete':
      return deleteText(outline);
    default:
      return unreachable(outline.operation);
  }
}

function updateText(outline: ShapeOutline): string {
  const { table, written } = outline;
  const set = written.map(
    (field, i) => `${quoteName(fieldOf(table, field).name)} = ${writtenValue(`s.v${i}`, fieldOf(table, field))}`,
  );
  return `UPDATE ${table.object} AS t SET ${set.join(', ')} FROM ${inputOf(outline)} WHERE ${conditions(outline)} RETURNING s.o::int AS o${keysOf(table)}`;
}

function deleteText(outline: ShapeOutline): string {
  const { table } = outline;
  return `DELETE FROM ${table.object} AS t USING ${inputOf(outline)} WHERE ${conditions(outline)} RETURNING s.o::int AS o${keysOf(table)}`;
}

/** A row whose key is given and exists already is left alone; that it was not inserted shows by its missing ordinal. */
function createText(outline: ShapeOutline): string {
  const { table, written } = outline;
  const fields = written.map((field) => fieldOf(table, field));
  const given = Object.entries(table.filter).filter(([column]) => !fields.some(({ name }) => name === column));
  const columns = [...fields.map(({ name }) => name), ...given.map(([column]) => column)];
  const values = [
    ...fields.map((field, i) => writtenValue(`s.v${i}`, field)),
    ...given.map(([, value]) => pg.escapeLiteral(String(value))),
  ];
  const key = table.key.map(({ name }) => fields.findIndex((field) => field.name === name));
  const isKeyGiven = key.every((index) => index >= 0);
  const on = isKeyGiven
    ? table.key
        .map((column, i) => `t.${quoteName(column.name)} = ${writtenValue(`s.v${key[i]}`, column)}`)
        .join(' AND ')
    : 'false';
  const overriding = fields.some(({ isIdentityAlways }) => isIdentityAlways) ? ' OVERRIDING SYSTEM VALUE' : '';
  const insert =
    columns.length === 0
      ? 'INSERT DEFAULT VALUES'
      : `INSERT (${columns.map(quoteName).join(', ')})${overriding} VALUES (${values.join(', ')})`;
  return `MERGE INTO ${table.object} AS t USING (SELECT * FROM ${inputOf(outline)}) AS s ON ${on} WHEN NOT MATCHED THEN ${insert} RETURNING s.o::int AS o${keysOf(table)}`;
}

function probeOf(outline: ShapeOutline): string | null {
  const { table, operation, expected } = outline;
  if (operation === 'create') return null;
  const differs = expected.map((field, i) => {
    const column = fieldOf(table, field);
    return `CASE WHEN ${guard(`t.${quoteName(column.name)}`, `s.e${i}`, column)} THEN '0' ELSE '1' END`;
  });
  const difference = differs.length === 0 ? `''` : differs.join(' || ');
  const found = `t.${quoteName((table.key[0] as { name: string }).name)} IS NOT NULL`;
  return `SELECT s.o::int AS o, ${found} AS found, ${difference} AS differs FROM ${inputOf({ ...outline, written: [] })} LEFT JOIN ${table.object} AS t ON ${keyConditions(table)}`;
}

/** The parameters as rows: keys, written values, expected values, ordinal. */
function inputOf({ table, operation, written, expected }: ShapeOutline): string {
  const names = [
    ...(operation === 'create' ? [] : table.key.map((_, i) => `k${i}`)),
    ...written.map((_, i) => `v${i}`),
    ...expected.map((_, i) => `e${i}`),
  ];
  // Something must be unnested even if nothing is said about the new rows.
  const columns = names.length === 0 ? ['none'] : names;
  return `unnest(${columns.map((_, i) => `$${i + 1}::text[]`).join(', ')}) WITH ORDINALITY AS s(${columns.join(', ')}, o)`;
}

function conditions(outline: ShapeOutline): string {
  const { table, expected } = outline;
  const guards = expected.map((field, i) =>
    guard(`t.${quoteName(fieldOf(table, field).name)}`, `s.e${i}`, fieldOf(table, field)),
  );
  return [keyConditions(table), ...guards].join(' AND ');
}

function keyConditions(table: SinkTable): string {
  return table.key.map((column, i) => `t.${quoteName(column.name)} = ${writtenValue(`s.k${i}`, column)}`).join(' AND ');
}

function keysOf(table: SinkTable): string {
  return table.key.map(({ name }, i) => `, t.${quoteName(name)}::text AS k${i}`).join('');
}

function fieldOf(table: SinkTable, field: string): SinkField {
  return table.fields[field] as SinkField;
}

function unreachable(operation: never): never {
  throw new TypeError(`Unknown operation ${String(operation)}`);
}
