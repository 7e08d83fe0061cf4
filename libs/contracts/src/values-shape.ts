/**
 * One entity's field values between core (a map that holds only the present fields) and wire (a record with all fields, and
 * the ordinals of the present ones). This is the hottest code of the library: one record per slot is reused for encoding,
 * and decoding touches only what is present.
 *
 * Ordinals count in the order of the *writer's* schema. `layoutOf` translates them, so fields may be added, dropped or
 * moved between the plan of the writer and today's.
 */
import type { FieldType, Value, Values } from '@concord/core';
import { entityNamespace, fullNameOf, isAvroRecord, type AvroRecord } from './avro-schema.ts';
import { avroFieldNames, type NamedField } from './entity-schema.ts';
import { ContractError } from './errors.ts';

export type WireValues = Record<string, unknown>;
type Convert = { toWire(value: Value): unknown; fromWire(value: unknown): Value };
type FieldShape = { name: string; avroName: string; ordinal: number; convert: Convert | null };

/** What each ordinal of a writer's `present` list means today; null for a field that the plan no longer has. */
export type Layout = readonly (FieldShape | null)[];

const bytes: Convert = {
  toWire: (value) => Buffer.from(String(value), 'base64'),
  fromWire: (value) => (value as Buffer).toString('base64'),
};

/** JSON and the core have no NaN; Postgres has, and spells it so. */
const double: Convert = {
  toWire: (value) => (typeof value === 'string' ? Number(value) : value),
  fromWire: (value) => (Number.isFinite(value) ? (value as number) : String(value)),
};

const converts: Partial<Record<FieldType['kind'], Convert>> = { bytes, double };

export class ValuesShape {
  readonly entity: string;
  readonly layout: readonly FieldShape[];
  readonly #byName: ReadonlyMap<string, FieldShape>;
  readonly #byAvroName: ReadonlyMap<string, FieldShape>;

  constructor(entity: string, fields: readonly NamedField[]) {
    const avroNames = avroFieldNames(fields.map(({ name }) => name));
    this.entity = entity;
    this.layout = fields.map(({ name, type }, ordinal) => ({
      name,
      avroName: avroNames[ordinal] ?? name,
      ordinal,
      convert: converts[type.kind] ?? null,
    }));
    this.#byName = new Map(this.layout.map((field) => [field.name, field]));
    this.#byAvroName = new Map(this.layout.map((field) => [field.avroName, field]));
  }

  /** The wire record of an absent map: every field null. Encoding reuses it through `fill` and `clear`. */
  blank(): WireValues {
    return Object.fromEntries(this.layout.map(({ avroName }) => [avroName, null]));
  }

  /** Puts values into a blank record and returns the ordinals of the present ones. */
  fill(record: WireValues, values: Values): number[] {
    const present: number[] = [];
    for (const name in values) {
      const value = values[name];
      if (value === undefined) continue;
      const field = this.#byName.get(name);
      if (field === undefined) throw this.#unknown(name, record, present);
      record[field.avroName] = value === null || field.convert === null ? value : field.convert.toWire(value);
      present.push(field.ordinal);
    }
    return present;
  }

  clear(record: WireValues, present: readonly number[]): void {
    for (const ordinal of present) {
      const field = this.layout[ordinal];
      if (field !== undefined) record[field.avroName] = null;
    }
  }

  /** The present values of a decoded record. */
  read(record: WireValues, present: readonly number[], layout: Layout): Values {
    const values: Record<string, Value> = {};
    for (const ordinal of present) {
      const field = layout[ordinal];
      if (field === undefined) throw new Error(`no field has the ordinal ${ordinal}`);
      if (field !== null) values[field.name] = readField(record, field);
    }
    return values;
  }

  /** All values of a decoded record. */
  readAll(record: WireValues): Values {
    const values: Record<string, Value> = {};
    for (const field of this.layout) values[field.name] = readField(record, field);
    return values;
  }

  layoutOf(writer: AvroRecord): Layout {
    const values = findValues(writer);
    return (values?.fields ?? []).map(({ name }) => this.#byAvroName.get(name) ?? null);
  }

  #unknown(name: string, record: WireValues, present: readonly number[]): ContractError {
    this.clear(record, present);
    return new ContractError('contract.unknown_field', `Entity ${this.entity} has no field "${name}" in its plan.`);
  }
}

function readField(record: WireValues, { avroName, convert }: FieldShape): Value {
  const value = record[avroName];
  return value === null || convert === null ? (value as Value) : convert.fromWire(value);
}

function findValues(part: unknown): AvroRecord | null {
  if (Array.isArray(part)) return first(part);
  if (typeof part !== 'object' || part === null) return null;
  if (isAvroRecord(part) && fullNameOf(part).startsWith(`${entityNamespace}.`)) return part;
  return first(Object.values(part));
}

function first(parts: readonly unknown[]): AvroRecord | null {
  for (const part of parts) {
    const found = findValues(part);
    if (found !== null) return found;
  }
  return null;
}
