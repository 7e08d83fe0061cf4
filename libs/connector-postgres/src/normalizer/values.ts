/**
 * From the values that Debezium writes (with the settings of infra/connectors) to canonical ones. Conversions are chosen
 * once per column. A value of an unexpected JavaScript type means that the column's type has changed: schema drift.
 */
import type { FieldType, Value } from '@concord/core';

/** The stream did not carry the value, because it is large and was not changed. */
export const UNAVAILABLE = Symbol('unavailable');
/** The connector's `unavailable.value.placeholder`. */
const unavailablePlaceholder = '__concord_unavailable_value';

type Converted = Value | typeof UNAVAILABLE;
/** Never gets null. Undefined says that the value is not what the column's type promises. */
export type Converter = (raw: unknown) => Converted | undefined;

export function converterOf(type: FieldType, nativeType: string): Converter {
  switch (type.kind) {
    case 'string':
      return nativeType.startsWith('character(') ? (raw) => map(raw, trimPadding) : textOf;
    case 'json':
    case 'set':
      return textOf;
    case 'boolean':
      return (raw) => (typeof raw === 'boolean' ? raw : undefined);
    case 'integer':
      return integerOf;
    case 'decimal':
      return (raw) => map(raw, decimalOf);
    case 'double':
      return nativeType === 'real' ? realOf : doubleOf;
    case 'date':
      return (raw) => map(raw, dateOf);
    case 'timestamp':
      return (raw) => map(raw, timestampOf);
    case 'time':
      return (raw) => map(raw, timeOf);
    case 'bytes':
      return bytesOf;
    default:
      return unreachable(type);
  }
}

/** The text of a key column, the same as Postgres' own. */
export function keyText(raw: unknown): string | undefined {
  return typeof raw === 'string' || typeof raw === 'number' || typeof raw === 'bigint' || typeof raw === 'boolean'
    ? String(raw)
    : undefined;
}

function textOf(raw: unknown): Converted | undefined {
  if (typeof raw !== 'string') return undefined;
  return raw === unavailablePlaceholder ? UNAVAILABLE : raw;
}

function map(raw: unknown, convert: (text: string) => Value): Converted | undefined {
  return typeof raw === 'string' ? (raw === unavailablePlaceholder ? UNAVAILABLE : convert(raw)) : undefined;
}

/** Trailing blanks of a `char(n)` have no meaning. */
function trimPadding(text: string): string {
  let end = text.length;
  while (end > 0 && text.charCodeAt(end - 1) === 32) end -= 1;
  return end === text.length ? text : text.slice(0, end);
}

function integerOf(raw: unknown): Converted | undefined {
  if (typeof raw === 'number') return raw;
  if (typeof raw !== 'bigint') return undefined;
  const number = Number(raw);
  return Number.isSafeInteger(number) ? number : String(raw);
}

const specialDecimals: Readonly<Record<string, string>> = {
  NAN: 'NaN',
  POSITIVE_INFINITY: 'Infinity',
  NEGATIVE_INFINITY: '-Infinity',
};

/** `1.50` is `1.5`: the scale belongs to the column, not to the value. */
function decimalOf(text: string): string {
  if (!text.includes('.')) return specialDecimals[text] ?? text;
  let end = text.length;
  while (text.charCodeAt(end - 1) === 48) end -= 1;
  if (text.charCodeAt(end - 1) === 46) end -= 1;
  const short = end === text.length ? text : text.slice(0, end);
  return short === '-0' ? '0' : short;
}

function doubleOf(raw: unknown): Converted | undefined {
  if (typeof raw !== 'number') return undefined;
  return Number.isFinite(raw) ? raw : String(raw);
}

const REAL_DIGITS_MIN = 6;
const REAL_DIGITS_MAX = 9;

/** A `real` arrives widened to a double (0.1 as 0.10000000149011612); the shortest text that names it is meant. */
function realOf(raw: unknown): Converted | undefined {
  if (typeof raw !== 'number' || !Number.isFinite(raw)) return doubleOf(raw);
  for (let digits = REAL_DIGITS_MIN; digits < REAL_DIGITS_MAX; digits += 1) {
    const short = Number(raw.toPrecision(digits));
    if (Math.fround(short) === raw) return short;
  }
  return Number(raw.toPrecision(REAL_DIGITS_MAX));
}

/** Debezium has no infinity for dates and timestamps without zone; what it writes lies far beyond what Postgres can hold. */
const infiniteDates: Readonly<Record<string, string>> = {
  '+5877611-06-21Z': 'infinity',
  '-5877611-06-22Z': '-infinity',
};
const infiniteTimestamp = /^[+-]\d{9}-/;

function dateOf(text: string): string {
  return infiniteDates[text] ?? unsigned(text.endsWith('Z') ? text.slice(0, -1) : text);
}

function timestampOf(text: string): string {
  if (infiniteTimestamp.test(text)) return text.startsWith('-') ? '-infinity' : 'infinity';
  return unsigned(shortFraction(text));
}

/** `24:00` has become `00:00:00` on the way; that cannot be seen any more. */
function timeOf(text: string): string {
  const short = shortFraction(text);
  return short.endsWith('Z') ? short.slice(0, -1) : short;
}

/** Zeros at the end of the fraction of a second have no meaning: `…05.120000Z` is `…05.12Z`. */
function shortFraction(text: string): string {
  const point = text.indexOf('.', 8);
  if (point < 0) return text;
  const hasZone = text.endsWith('Z');
  let end = hasZone ? text.length - 1 : text.length;
  while (text.charCodeAt(end - 1) === 48) end -= 1;
  if (end - 1 === point) end = point;
  return hasZone ? `${text.slice(0, end)}Z` : text.slice(0, end);
}

/** ISO 8601 marks years beyond 9999 with a sign; canonical values do so only for years before 1. */
function unsigned(text: string): string {
  return text.charCodeAt(0) === 43 ? text.slice(1) : text;
}

const placeholderBytes = Buffer.from(unavailablePlaceholder);

function bytesOf(raw: unknown): Converted | undefined {
  if (!(raw instanceof Uint8Array)) return undefined;
  const bytes = Buffer.from(raw.buffer, raw.byteOffset, raw.byteLength);
  return bytes.equals(placeholderBytes) ? UNAVAILABLE : bytes.toString('base64');
}

function unreachable(type: never): never {
  throw new TypeError(`Unknown field type ${JSON.stringify(type)}`);
}
