// Conditions as predicates. Text compares without regard to case; a comparison with null is false except for equality,
// and `!=` holds for records that have no value at all, as in the vendor's queries.
import { ApiError } from '../errors.ts';
import { normalizeId } from '../ids.ts';
import type { Field, Value } from '../model/field.ts';
import { parseDateTime } from '../store/normalize.ts';
import { WIRE_TYPES } from '../events/event-schema.ts';
import type { Condition, Literal, Operator } from './parser.ts';
import type { ResolvedPath } from './paths.ts';
import type { StoredRecord } from '../store/record.ts';
import { malformed } from './tokens.ts';

export type Predicate = (record: StoredRecord) => boolean;
export type Resolve = (path: string) => ResolvedPath;
type Comparison = Extract<Condition, { kind: 'compare' }>;
type Range = { from: Value; until: Value };

const DAY_MS = 86_400_000;

export function toPredicate(condition: Condition, resolve: Resolve, now: number): Predicate {
  if (condition.kind === 'not') {
    const inner = toPredicate(condition.part, resolve, now);
    return (record) => !inner(record);
  }
  if (condition.kind === 'compare') return comparison(condition, resolve, now);
  const parts = condition.parts.map((part) => toPredicate(part, resolve, now));
  if (condition.kind === 'and') return (record) => parts.every((part) => part(record));
  return (record) => parts.some((part) => part(record));
}

function comparison({ path, operator, values }: Comparison, resolve: Resolve, now: number): Predicate {
  const { field, read } = resolve(path);
  if (field.compound === 'Address' || field.compound === 'Location') {
    throw new ApiError('INVALID_FIELD', `field '${field.name}' can not be filtered in a query call`);
  }
  switch (operator) {
    case 'LIKE': {
      const pattern = likePattern(field, values[0]!);
      return (record) => {
        const value = read(record);
        return value !== null && pattern.test(String(value));
      };
    }
    case 'IN':
    case 'NOT IN': {
      const wanted = new Set(values.map((each) => toValue(field, each)));
      return (record) => wanted.has(comparable(field, read(record))) === (operator === 'IN');
    }
    case 'INCLUDES':
    case 'EXCLUDES': {
      const wanted = values.map((each) => String(toValue(field, each)).split(';'));
      const isHeld = (held: string[]) => wanted.some((each) => each.every((value) => held.includes(value)));
      const split = (value: Value) => String(comparable(field, value) ?? '').split(';');
      return (record) => isHeld(split(read(record))) === (operator === 'INCLUDES');
    }
    default: {
      const range = toRange(field, values[0]!, now);
      return (record) => compare(operator, comparable(field, read(record)), range);
    }
  }
}

function compare(operator: Operator, value: Value, { from, until }: Range): boolean {
  if (operator === '=' || operator === '!=') {
    const isEqual = from === until ? value === from : value !== null && value >= from! && value <= until!;
    return isEqual === (operator === '=');
  }
  if (value === null || from === null || until === null) return false;
  if (operator === '<') return value < from;
  if (operator === '<=') return value <= until;
  if (operator === '>') return value > until;
  return value >= from;
}

function comparable(field: Field, value: Value): Value {
  return typeof value === 'string' && !isExact(field) ? value.toLowerCase() : value;
}

const isExact = (field: Field) => field.type === 'id' || field.type === 'reference' || field.isCaseSensitive;

/** A value, or for words such as TODAY the span that it stands for. */
function toRange(field: Field, literal: Literal, now: number): Range {
  if (literal.kind !== 'period') {
    const value = toValue(field, literal);
    return { from: value, until: value };
  }
  if (field.type !== 'date' && field.type !== 'datetime') throw wrongType(field, 'date literals are not allowed');
  const today = Math.floor(now / DAY_MS) * DAY_MS;
  const [name, count] = literal.name.split(':');
  const days = Number(count ?? 1);
  const spans: Record<string, [number, number]> = {
    TODAY: [0, 1],
    YESTERDAY: [-1, 0],
    TOMORROW: [1, 2],
    LAST_N_DAYS: [-days, 1],
    NEXT_N_DAYS: [1, days + 1],
  };
  const [from, until] = spans[name!]!;
  return { from: today + from * DAY_MS, until: today + until * DAY_MS - 1 };
}

function toValue(field: Field, literal: Literal): Value {
  if (literal.kind === 'null') return field.type === 'boolean' ? false : null;
  const wireType = WIRE_TYPES[field.type];
  if (field.type === 'datetime' || field.type === 'date') {
    if (literal.kind === field.type) return parseDateTime(literal.text) ?? null;
    throw wrongType(
      field,
      `must be of type ${field.type === 'date' ? 'date' : 'dateTime'} and should not be enclosed in quotes`,
    );
  }
  if (wireType === 'string') {
    if (literal.kind !== 'string') throw wrongType(field, 'must be of type string and should be enclosed in quotes');
    return toText(field, literal.text);
  }
  if (wireType === 'boolean') {
    if (literal.kind === 'boolean') return literal.value;
    throw wrongType(field, 'must be of type boolean and should not be enclosed in quotes');
  }
  if (literal.kind === 'number') return literal.value;
  throw wrongType(field, `must be of type ${field.type} and should not be enclosed in quotes`);
}

function toText(field: Field, text: string): Value {
  if (field.type !== 'id' && field.type !== 'reference') return text === '' ? null : comparable(field, text);
  const id = normalizeId(text);
  if (id === undefined) throw new ApiError('INVALID_QUERY_FILTER_OPERATOR', `invalid ID field: ${text}`);
  return id;
}

function wrongType(field: Field, message: string): ApiError {
  return new ApiError('INVALID_FIELD', `value of filter criterion for field '${field.name}' ${message}`);
}

function likePattern(field: Field, literal: Literal): RegExp {
  if (literal.kind !== 'string') throw malformed('LIKE needs a text');
  const source = literal.pattern.replace(
    /\\(.)|[%_]|[.*+?^${}()|[\]\\]/gs,
    (character, escaped: string | undefined) => {
      if (escaped !== undefined) return escaped.replace(/[.*+?^${}()|[\]\\]/, '\\$&');
      if (character === '%') return '.*';
      return character === '_' ? '.' : `\\${character}`;
    },
  );
  return new RegExp(`^${source}$`, field.isCaseSensitive ? 's' : 'is');
}

/** Ids or indexed values that every match must have, so that only those records need to be looked at. */
export function findKey(condition: Condition | null, resolve: Resolve): { field: Field; values: Value[] } | undefined {
  if (!condition) return undefined;
  if (condition.kind === 'and') {
    for (const part of condition.parts) {
      const key = findKey(part, resolve);
      if (key) return key;
    }
  }
  if (condition.kind !== 'compare' || (condition.operator !== '=' && condition.operator !== 'IN')) return undefined;
  const { field, steps } = resolve(condition.path);
  if (steps.length > 0 || condition.values.some((each) => each.kind !== 'string')) return undefined;
  return { field, values: condition.values.map((each) => toValue(field, each)) };
}
