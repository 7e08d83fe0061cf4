/**
 * Rows of one table as an entity's canonical values. A mapper is made once per entity and table; it is the inner loop of
 * the ingester, so names are resolved and conversions chosen beforehand.
 */
import type { ConnectorError, SourceFact } from '@concord/connector-kit';
import { storedOf, type EntityPlan, type PlannedAccess, type PlannedSystem } from '@concord/contracts';
import { project, type Value, type Values } from '@concord/core';
import { postgresError } from '../errors.ts';
import { avroFieldName } from '../names.ts';
import type { Row } from './debezium.ts';
import { converterOf, keyText, UNAVAILABLE, type Converter } from './values.ts';

type MappedField = {
  readonly name: string;
  readonly column: string;
  readonly convert: Converter;
  readonly ofNull: Value;
};

export type MappedRow = { readonly values: Values; readonly complete: boolean };

/** From what the stream carries to what the value is elsewhere. */
function readerOf(access: PlannedAccess): Pick<MappedField, 'convert' | 'ofNull'> {
  const { type, codec } = storedOf(access);
  const convert = converterOf(type, access.nativeType);
  if (codec === null) return { convert, ofNull: null };
  const read = (value: Value): Value => project(access.type, codec.read(value));
  return {
    ofNull: read(null),
    convert: (raw) => {
      const value = convert(raw);
      return value === undefined || value === UNAVAILABLE ? value : read(value);
    },
  };
}

export class RowMapper {
  readonly entity: string;
  readonly object: string;
  readonly #fields: readonly MappedField[];
  readonly #key: readonly string[];
  readonly #filter: readonly (readonly [column: string, text: string])[];
  readonly #link: PlannedSystem['link'];

  constructor(plan: EntityPlan, planned: PlannedSystem) {
    this.entity = plan.entity;
    this.object = planned.object;
    this.#link = planned.link;
    this.#filter = Object.entries(planned.filter).map(
      ([column, value]) => [avroFieldName(column), String(value)] as const,
    );
    this.#fields = plan.fields.flatMap(({ name }) => {
      const access = planned.fields[name];
      if (access === undefined) return [];
      return [{ name, column: avroFieldName(access.native), ...readerOf(access) }];
    });
    this.#key = planned.key.map(avroFieldName);
  }

  /** Whether the row belongs to the entity. */
  matches(row: Row): boolean {
    for (const [column, text] of this.#filter) {
      if (String(row[column]) !== text) return false;
    }
    return true;
  }

  values(row: Row): MappedRow {
    const values: Record<string, Value> = {};
    let complete = true;
    for (const field of this.#fields) {
      const raw = row[field.column];
      const value = raw === null ? field.ofNull : field.convert(raw);
      if (value === undefined) throw this.#drift(field.column, raw);
      if (value === UNAVAILABLE) complete = false;
      else values[field.name] = value;
    }
    return { values, complete };
  }

  /** Whether more than the key is known of the old row: without REPLICA IDENTITY FULL every other column comes as null. */
  tells(before: Row | null): before is Row {
    if (before === null) return false;
    for (const column in before) {
      if (before[column] !== null && !this.#key.includes(column)) return true;
    }
    return false;
  }

  /** The values before a change, as far as the stream tells them. They are a help, so a lost column is no fault here. */
  before(row: Row | null): Values | null {
    if (!this.tells(row)) return null;
    const values: Record<string, Value> = {};
    for (const { name, column, convert, ofNull } of this.#fields) {
      const raw = row[column];
      const value = raw === null ? ofNull : convert(raw);
      if (value !== undefined && value !== UNAVAILABLE) values[name] = value;
    }
    return values;
  }

  nativeId(row: Row): string {
    const [first, ...others] = this.#key;
    if (others.length === 0) return this.#keyText(row, first as string);
    return JSON.stringify(this.#key.map((column) => this.#keyText(row, column)));
  }

  #keyText(row: Row, column: string): string {
    const text = keyText(row[column]);
    if (text === undefined) throw this.#drift(column, row[column]);
    return text;
  }

  links(values: Values): SourceFact['links'] {
    if (this.#link === null) return [];
    const nativeId = values[this.#link.field] ?? null;
    return nativeId === null ? [] : [{ system: this.#link.system, nativeId: String(nativeId) }];
  }

  #drift(column: string, raw: unknown): ConnectorError {
    const what = raw === undefined ? 'is not in the change stream' : `arrives as ${typeof raw}`;
    return postgresError('ingest.schema_drift', 'park', {
      message: `Column "${column}" of ${this.object} (entity ${this.entity}) ${what}`,
      hint: 'A mapped column has gone or changed its type. Run "plan" to see the difference, then "apply".',
    });
  }
}
