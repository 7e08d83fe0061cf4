/**
 * The order of values of one type, for the policies that ask what is larger. It is total and the same on every machine:
 * numbers by exact value, dates and times by time, false before true, everything else as text by code point. Null is
 * before all. What does not fit its type (`infinity` is a date in Postgres, `NaN` a number) has its place in the order too.
 */
import { compareDecimals, normalDecimal } from './decimal.ts';
import type { FieldType, Value } from './types.ts';

/** Negative when `left` comes before `right`, 0 only where the type has nothing to tell them apart. */
export function compareValues(type: FieldType, left: Value, right: Value): number {
  if (left === right) return 0;
  if (left === null || right === null) return left === null ? -1 : 1;
  switch (type.kind) {
    case 'integer':
    case 'decimal':
    case 'double':
      return compareNumbers(String(left), String(right));
    case 'date':
    case 'timestamp':
      return compareTimes(String(left), String(right));
    default:
      return compareTexts(String(left), String(right));
  }
}

const BEYOND: Readonly<Record<string, number>> = { '-infinity': -1, infinity: 1, nan: 2 };

/** Where a value stands that is none of the type's own: 0 for those that are. */
function placeOf(text: string, isOwn: boolean): number {
  return isOwn ? 0 : (BEYOND[text.toLowerCase()] ?? 3);
}

function compareNumbers(left: string, right: string): number {
  const places = placeOf(left, normalDecimal(left) !== null) - placeOf(right, normalDecimal(right) !== null);
  return places === 0 ? (compareDecimals(left, right) ?? compareTexts(left, right)) : places;
}

/** A year of any length, perhaps before Christ, and what follows it: without `Z`, a shorter text is an earlier time. */
const TIME = /^(-?\d{4,6})(-\d\d-\d\d.*?)Z?$/;

function compareTimes(left: string, right: string): number {
  const [one, other] = [TIME.exec(left), TIME.exec(right)];
  const places = placeOf(left, one !== null) - placeOf(right, other !== null);
  if (places !== 0 || one === null || other === null) return places === 0 ? compareTexts(left, right) : places;
  const years = Number(one[1]) - Number(other[1]);
  return years === 0 ? compareTexts(one[2] ?? '', other[2] ?? '') : years;
}

/** By code point: JavaScript's own order puts characters beyond U+FFFF before some of those below. */
function compareTexts(left: string, right: string): number {
  const length = Math.min(left.length, right.length);
  for (let index = 0; index < length; index++) {
    const [one, other] = [left.charCodeAt(index), right.charCodeAt(index)];
    if (one === other) continue;
    // The first halves of two characters may be equal: then they begin one unit earlier.
    const isSplit = index > 0 && isFirstHalf(left.charCodeAt(index - 1)) && (isSecondHalf(one) || isSecondHalf(other));
    const start = isSplit ? index - 1 : index;
    return (left.codePointAt(start) ?? 0) - (right.codePointAt(start) ?? 0);
  }
  return left.length - right.length;
}

function isFirstHalf(unit: number): boolean {
  return unit >= 0xd800 && unit <= 0xdbff;
}

function isSecondHalf(unit: number): boolean {
  return unit >= 0xdc00 && unit <= 0xdfff;
}
