/**
 * Are two values the same, whatever each system's way of writing it? An auditor's own answer, on purpose not the core's:
 * what the core gets wrong must be seen here. Where one system is coarser (fewer digits, shorter text), both values are
 * made as coarse as it is before they are compared.
 */
import type { PlannedAccess } from '@concord/contracts';

export type ValueType = PlannedAccess['type'];

export function isSameIn(types: readonly ValueType[], left: unknown, right: unknown): boolean {
  const coarse = (value: unknown) => types.reduce(coarsen, value ?? null);
  return isSame(coarse(left), coarse(right));
}

function coarsen(value: unknown, type: ValueType): unknown {
  if (type.kind === 'boolean' && type.nullIsFalse === true) return value ?? false;
  const text = textOf(value);
  if (text === undefined) return null;
  switch (type.kind) {
    case 'string':
      return coarsenText(text, type);
    case 'decimal':
      return type.scale === undefined || numberOf(text) === undefined ? text : Number(text).toFixed(type.scale);
    case 'timestamp':
      return coarsenMoment(text, type.fractionDigits);
    default:
      return value;
  }
}

function coarsenText(text: string, type: Extract<ValueType, { kind: 'string' }>): string | null {
  const kept = type.trimmed === true ? text.trim() : text;
  return type.emptyIsNull === true && kept === '' ? null : kept.slice(0, type.lengthMax);
}

function coarsenMoment(text: string, fractionDigits: number): string {
  const moment = momentOf(text);
  if (moment === undefined) return text;
  const unitMs = 10 ** (3 - Math.min(3, fractionDigits));
  return new Date(Math.floor(moment / unitMs) * unitMs).toISOString();
}

/** Equal as values: 12.50 is 12.5, and two spellings of one moment are the same moment. */
export function isSame(left: unknown, right: unknown): boolean {
  const [leftText, rightText] = [textOf(left), textOf(right)];
  if (leftText === rightText) return true;
  if (leftText === undefined || rightText === undefined) return false;
  const readings = [numberOf, momentOf, truthOf];
  return readings.some((read) => read(leftText) !== undefined && read(leftText) === read(rightText));
}

/** What a value looks like as text; undefined stands for null and for what is not there. */
export function textOf(value: unknown): string | undefined {
  if (value === null || value === undefined) return undefined;
  return typeof value === 'string' ? value : JSON.stringify(value);
}

function numberOf(text: string): number | undefined {
  return text.trim() === '' || Number.isNaN(Number(text)) ? undefined : Number(text);
}

function momentOf(text: string): number | undefined {
  if (!/^\d{4}-\d\d-\d\d[T ]\d\d:\d\d/.test(text)) return undefined;
  const hasZone = /(Z|[+-]\d\d(:?\d\d)?)$/.test(text);
  const moment = Date.parse(`${text.replace(' ', 'T').replace(/([+-]\d\d)$/, '$1:00')}${hasZone ? '' : 'Z'}`);
  return Number.isNaN(moment) ? undefined : moment;
}

const truthOf = (text: string) => ({ t: true, true: true, f: false, false: false })[text];
