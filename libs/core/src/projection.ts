/**
 * Projections: what becomes of a value in a system's own type. The canonical value is the finest that anybody has given;
 * a system with a coarser type holds its projection, and as long as it does, the two agree. Without this, a rounded amount
 * would come back as an edit and shorten the original.
 *
 * Laws (projection.test.ts): projecting is idempotent; `same` is reflexive, symmetric and holds for equal projections.
 */
import { normalDecimal, roundDecimal } from './decimal.ts';
import { normalJson } from './json.ts';
import { projectSet } from './sets.ts';
import type { FieldType, TextType, Value } from './types.ts';

/** The value as a field of this type holds it. Values that do not fit the type at all are left as they are. */
export function project(type: FieldType, value: Value): Value {
  if (value === null) return type.kind === 'boolean' && type.nullIsFalse === true ? false : null;
  switch (type.kind) {
    case 'string':
      return typeof value === 'string' ? projectText(type, value) : value;
    case 'boolean':
      return value;
    case 'integer':
      return projectInteger(value);
    case 'decimal':
      return projectDecimal(value, type.scale);
    case 'double':
      return projectDouble(value);
    case 'date':
      return typeof value === 'string' ? value.slice(0, 10) : value;
    case 'timestamp':
      return typeof value === 'string' ? projectTimestamp(value, type.fractionDigits) : value;
    case 'time':
      return typeof value === 'string' ? shortenFraction(value, 6) : value;
    case 'set':
      return projectSet(value, type.emptyIsNull === true);
    case 'json':
    case 'bytes':
      return value;
    default:
      return unreachable(type);
  }
}

/** Whether two values, each already as a field of this type holds it, are the same value. */
export function same(type: FieldType, left: Value, right: Value): boolean {
  if (left === right) return true;
  if (left === null || right === null) return false;
  if (type.kind === 'json') return normalJson(left) === normalJson(right);
  return project(type, left) === project(type, right);
}

/** Whether two values agree in the coarser of two types: nobody who sees only the coarser one could tell them apart. */
export function sameInCoarser(types: readonly [FieldType, FieldType], left: Value, right: Value): boolean {
  if (left === right) return true;
  const [first, second] = types;
  return same(second, project(second, project(first, left)), project(second, project(first, right)));
}

function projectText(type: TextType, value: string): Value {
  let text = type.trimmed === true ? value.trim() : value;
  if (type.normalize !== undefined) text = type.normalize(text);
  if (type.lengthMax !== undefined && text.length > type.lengthMax) {
    text = truncate(text, type.lengthMax);
    if (type.trimmed === true) text = text.trimEnd();
  }
  return text === '' && type.emptyIsNull === true ? null : text;
}

/** Cuts after so many characters, never inside one. */
function truncate(text: string, lengthMax: number): string {
  let units = 0;
  for (let characters = 0; characters < lengthMax && units < text.length; characters++) {
    units += (text.codePointAt(units) ?? 0) > 0xffff ? 2 : 1;
  }
  return text.slice(0, units);
}

/** A number where a double carries it exactly, text beyond. */
function projectInteger(value: Value): Value {
  if (typeof value === 'number' && Number.isSafeInteger(value)) return value === 0 ? 0 : value;
  if (typeof value === 'boolean') return value;
  const text = roundDecimal(String(value), 0);
  if (text === null) return value;
  const number = Number(text);
  return Number.isSafeInteger(number) ? number : text;
}

function projectDecimal(value: Value, scale: number | undefined): Value {
  if (typeof value === 'boolean') return value;
  const text = String(value);
  return (scale === undefined ? normalDecimal(text) : roundDecimal(text, scale)) ?? value;
}

function projectDouble(value: Value): Value {
  if (typeof value === 'number') return value === 0 ? 0 : value;
  if (typeof value !== 'string' || normalDecimal(value) === null) return value;
  const number = Number(value);
  return number === 0 ? 0 : number;
}

const TIMESTAMP = /^(\d{4,6}-\d\d-\d\d)[T ](\d\d:\d\d(?::\d\d)?)(\.\d+)?(?:Z|[+-]00(?::?00)?)?$/;

/** UTC with `Z`, seconds always, at most so many digits after them, and no zeros at the end: cut, never rounded. */
function projectTimestamp(value: string, fractionDigits: number): string {
  const match = TIMESTAMP.exec(value);
  if (match === null) return value;
  const [, date, time = '', fraction = ''] = match;
  const seconds = time.length === 5 ? `${time}:00` : time;
  return `${date}T${shortenFraction(seconds + fraction, fractionDigits)}Z`;
}

function shortenFraction(time: string, fractionDigits: number): string {
  const point = time.indexOf('.');
  if (point < 0) return time;
  const fraction = time.slice(point + 1, point + 1 + fractionDigits).replace(/0+$/, '');
  return fraction === '' ? time.slice(0, point) : `${time.slice(0, point)}.${fraction}`;
}

function unreachable(type: never): never {
  throw new TypeError(`Unknown field type ${JSON.stringify(type)}`);
}
