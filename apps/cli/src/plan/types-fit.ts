/**
 * Whether values of two fields can be kept equal, what the canonical type is, and what gets lost.
 *
 * The canonical kind is that of the Postgres side, because its values arrive in it; connectors of SaaS systems convert to the
 * canonical kind. Between fields of one kind the canonical type is the finer of the two, so that it can hold what either has.
 */
import type { FieldType } from '@concord/core';

export type TypeFit = { readonly type: FieldType; readonly losses: readonly string[] } | null;

export type TypedEnd = { readonly name: string; readonly type: FieldType; readonly isLeading: boolean };

type Kind = FieldType['kind'];

/** Kinds whose values convert into each other, with what that costs. */
const CONVERSIONS: readonly (readonly [Kind, Kind, string])[] = [
  ['integer', 'decimal', 'digits behind the point do not reach the whole-number field'],
  ['integer', 'double', 'digits behind the point do not reach the whole-number field'],
  ['decimal', 'double', 'a floating-point field keeps about 15 digits'],
  ['date', 'timestamp', 'the time of day does not reach the date field'],
  ['json', 'string', 'the text must be valid JSON'],
];

/** `null` when the two cannot be kept equal. Of two leading or two other ends, the kinds must be the same. */
export function fitTypes(one: TypedEnd, other: TypedEnd): TypeFit {
  if (one.type.kind === other.type.kind) {
    return { type: finer(one.type, other.type), losses: lossesOf(one, other) };
  }
  const conversion = CONVERSIONS.find(([a, b]) => isPair(a, b, one.type.kind, other.type.kind));
  if (conversion === undefined || one.isLeading === other.isLeading) return null;
  return { type: (one.isLeading ? one : other).type, losses: [conversion[2]] };
}

function isPair(a: Kind, b: Kind, one: Kind, other: Kind): boolean {
  return (a === one && b === other) || (a === other && b === one);
}

function finer(one: FieldType, other: FieldType): FieldType {
  if (one.kind === 'string' && other.kind === 'string') {
    const lengths = [one.lengthMax, other.lengthMax];
    return {
      kind: 'string',
      ...(one.lengthMax === undefined || other.lengthMax === undefined
        ? {}
        : { lengthMax: Math.max(...lengths.map(Number)) }),
      ...(one.trimmed === true && other.trimmed === true ? { trimmed: true } : {}),
      ...(one.emptyIsNull === true && other.emptyIsNull === true ? { emptyIsNull: true } : {}),
    };
  }
  if (one.kind === 'decimal' && other.kind === 'decimal') {
    if (one.scale === undefined || other.scale === undefined) return { kind: 'decimal' };
    return { kind: 'decimal', scale: Math.max(one.scale, other.scale) };
  }
  if (one.kind === 'timestamp' && other.kind === 'timestamp') {
    return { kind: 'timestamp', fractionDigits: Math.max(one.fractionDigits, other.fractionDigits) };
  }
  if (one.kind === 'boolean' && other.kind === 'boolean') {
    return one.nullIsFalse === true && other.nullIsFalse === true
      ? { kind: 'boolean', nullIsFalse: true }
      : { kind: 'boolean' };
  }
  return one;
}

/** What the coarser of two fields of one kind cannot hold. */
function lossesOf(one: TypedEnd, other: TypedEnd): string[] {
  return [...lossesInto(one, other), ...lossesInto(other, one)];
}

function lossesInto({ name, type }: TypedEnd, from: TypedEnd): string[] {
  if (type.kind === 'string' && from.type.kind === 'string') {
    const isShorter = type.lengthMax !== undefined && (from.type.lengthMax ?? Infinity) > type.lengthMax;
    return isShorter ? [`texts longer than ${type.lengthMax} characters do not fit into ${name}`] : [];
  }
  if (type.kind === 'decimal' && from.type.kind === 'decimal') {
    const isCoarser = type.scale !== undefined && (from.type.scale ?? Infinity) > type.scale;
    return isCoarser ? [`${name} rounds to ${type.scale} digits behind the point`] : [];
  }
  return [];
}

/** A type in words. */
export function typeText(type: FieldType): string {
  if (type.kind === 'string') return type.lengthMax === undefined ? 'string' : `string(${type.lengthMax})`;
  if (type.kind === 'decimal') return type.scale === undefined ? 'decimal' : `decimal(${type.scale})`;
  return type.kind;
}
