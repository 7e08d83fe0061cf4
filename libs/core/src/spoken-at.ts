/**
 * When an edit was made, where its system says so itself: in a field that its users or applications maintain
 * (`timestampField`). Such a time counts in `last_write_wins` only. An edit that leaves the field as it was, and all that
 * our own writes cause, was made when it was committed; so was one whose field holds no time.
 */
import { same } from './projection.ts';
import { entry } from './state.ts';
import type { SystemState } from './state.ts';
import type { MarkedChange } from './turn.ts';
import type { CompiledSystem } from './rules.ts';
import type { Value } from './types.ts';

export function asSpoken(change: MarkedChange, { rules }: CompiledSystem, known: SystemState): MarkedChange {
  const { timestampField } = rules;
  if (timestampField === undefined || change.echo !== null) return change;
  const value = entry(change.values, timestampField) ?? null;
  const shadow = entry(known.shadows, timestampField);
  const type = entry(rules.fields, timestampField)?.type;
  if (type === undefined || (shadow !== undefined && same(type, shadow.value, value))) return change;
  const at = timeOf(value);
  return at === null ? change : { ...change, at };
}

const TIMESTAMP = /^(\d{4,6})-(\d\d)-(\d\d)T(\d\d):(\d\d):(\d\d)(?:\.(\d{1,3})\d*)?Z$/;
const MS_PER_DAY = 86_400_000;

/** Milliseconds since the epoch of a canonical timestamp, cut and not rounded; null where the text is none. */
export function timeOf(value: Value): number | null {
  const match = typeof value === 'string' ? TIMESTAMP.exec(value) : null;
  if (match === null) return null;
  const [year, month, day, hours, minutes, seconds] = match.slice(1, 7).map(Number) as [
    number,
    number,
    number,
    number,
    number,
    number,
  ];
  const fraction = Number((match[7] ?? '').padEnd(3, '0'));
  return daysSinceEpoch(year, month, day) * MS_PER_DAY + ((hours * 60 + minutes) * 60 + seconds) * 1000 + fraction;
}

/** Of the proleptic Gregorian calendar. Years begin in March here, so that the leap day is the last of its year. */
function daysSinceEpoch(year: number, month: number, day: number): number {
  const shifted = month > 2 ? year : year - 1;
  const era = Math.floor(shifted / 400);
  const yearOfEra = shifted - era * 400;
  const dayOfYear = Math.floor((153 * ((month + 9) % 12) + 2) / 5) + day - 1;
  const dayOfEra = yearOfEra * 365 + Math.floor(yearOfEra / 4) - Math.floor(yearOfEra / 100) + dayOfYear;
  const daysPerEra = 146_097;
  const daysFromMarchOfYearZero = 719_468;
  return era * daysPerEra + dayOfEra - daysFromMarchOfYearZero;
}
