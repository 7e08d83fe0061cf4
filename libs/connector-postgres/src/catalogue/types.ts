/**
 * Postgres types in canonical terms. A type is refused when a value would not survive the way through the change stream and
 * back: Debezium shortens it, turns it into something else, or two equal values have different texts.
 */
import type { FieldType } from '@concord/core';

export type NativeType = {
  /** Of the base type, without modifier and schema: `numeric`, `character varying`, `mood`. */
  readonly name: string;
  /** The modifier: `numeric(10,2)` has [10, 2]. */
  readonly modifier: readonly number[];
  /** `pg_type.typtype`, of the base type where it is a domain. */
  readonly kind: 'base' | 'enum' | 'composite' | 'range' | 'multirange' | 'pseudo';
  readonly isArray: boolean;
};

export type TypeVerdict = { readonly type: FieldType } | { readonly refusal: string };

const DEFAULT_FRACTION_DIGITS = 6;

const fixed: Readonly<Record<string, FieldType>> = {
  text: { kind: 'string' },
  citext: { kind: 'string' },
  name: { kind: 'string', lengthMax: 63 },
  '"char"': { kind: 'string', lengthMax: 1 },
  uuid: { kind: 'string', lengthMax: 36 },
  inet: { kind: 'string' },
  cidr: { kind: 'string' },
  macaddr: { kind: 'string' },
  macaddr8: { kind: 'string' },
  ltree: { kind: 'string' },
  smallint: { kind: 'integer' },
  integer: { kind: 'integer' },
  bigint: { kind: 'integer' },
  oid: { kind: 'integer' },
  real: { kind: 'double' },
  'double precision': { kind: 'double' },
  boolean: { kind: 'boolean' },
  date: { kind: 'date' },
  'time without time zone': { kind: 'time' },
  json: { kind: 'json' },
  jsonb: { kind: 'json' },
  bytea: { kind: 'bytes' },
};

const refusals: Readonly<Record<string, string>> = {
  money: 'money has no fixed scale: its text depends on the server’s locale. Use numeric.',
  'time with time zone': 'the change stream moves it to UTC, and the offset is lost. Use timestamp with time zone.',
  interval: 'equal intervals have different texts. Use a number of seconds or months.',
  xml: 'Postgres cannot compare xml values, so a write could not be guarded. Use text.',
  bit: 'bit strings have no canonical form. Use boolean or bytea.',
  'bit varying': 'bit strings have no canonical form. Use bytea.',
  tsvector: 'it is derived from other columns. Leave it out of the mapping.',
  tsquery: 'it has no canonical form. Leave it out of the mapping.',
  hstore: 'hstore has no canonical form. Use jsonb.',
};

const kindRefusals: Readonly<Partial<Record<NativeType['kind'], string>>> = {
  composite: 'the change stream leaves composite columns out. Map their parts through a view or plain columns.',
  range: 'ranges have no canonical form. Map the two bounds as columns.',
  multirange: 'ranges have no canonical form. Map the bounds as columns.',
  pseudo: 'it is a pseudo-type.',
};

export function fieldTypeOf(native: NativeType): TypeVerdict {
  if (native.isArray) return { refusal: 'arrays have no canonical form yet. Use jsonb, or a table of their own.' };
  if (native.kind === 'enum') return { type: { kind: 'string' } };
  const refusal = kindRefusals[native.kind] ?? refusals[native.name];
  if (refusal !== undefined) return { refusal };
  const type = modifiedType(native) ?? fixed[native.name];
  return type === undefined ? { refusal: 'Concord does not know this type. Leave it out of the mapping.' } : { type };
}

function modifiedType({ name, modifier }: NativeType): FieldType | undefined {
  const [first, second] = modifier;
  switch (name) {
    case 'character varying':
      return first === undefined ? { kind: 'string' } : { kind: 'string', lengthMax: first };
    case 'character':
      return { kind: 'string', lengthMax: first ?? 1 };
    case 'numeric':
      return first === undefined ? { kind: 'decimal' } : { kind: 'decimal', scale: Math.max(0, second ?? 0) };
    case 'timestamp without time zone':
    case 'timestamp with time zone':
      return { kind: 'timestamp', fractionDigits: first ?? DEFAULT_FRACTION_DIGITS };
    default:
      return undefined;
  }
}

/** Types whose text is the same in a row, in the change stream and in a link column, so that it can serve as a native id. */
const keyTypes = new Set(
  'smallint,integer,bigint,oid,numeric,text,citext,character varying,uuid,date,boolean,name,inet,cidr,macaddr,macaddr8,ltree'.split(
    ',',
  ),
);

export function canBeKey(native: NativeType): boolean {
  return !native.isArray && (native.kind === 'enum' || (native.kind === 'base' && keyTypes.has(native.name)));
}

/** `numeric(10,2)` gives `numeric` and [10, 2]; `timestamp(3) without time zone` gives `timestamp without time zone` and [3]. */
export function parseTypeName(formatted: string): { name: string; modifier: number[] } {
  const match = /^(.*?)\((\d+(?:,-?\d+)?)\)(.*)$/.exec(formatted);
  if (match === null) return { name: formatted, modifier: [] };
  const [, before = '', digits = '', after = ''] = match;
  return { name: `${before}${after}`, modifier: digits.split(',').map(Number) };
}
