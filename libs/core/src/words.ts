/** Values, times and lists as people read them. */
import type { Value } from './types.ts';

/** Long texts are cut. */
export function showValue(value: Value | undefined): string {
  if (value === null || value === undefined) return 'nothing';
  if (typeof value !== 'string') return String(value);
  return value.length > 60 ? `"${value.slice(0, 57)}…"` : `"${value}"`;
}

const DAY_MS = 86_400_000;

/** A moment in UTC, without needless zeros. The calendar is reckoned here because the core knows no clock. */
export function showTime(at: number): string {
  if (at === 0 || !Number.isFinite(at)) return 'an unknown time';
  const days = Math.floor(at / DAY_MS);
  const ms = at - days * DAY_MS;
  const clock = [ms / 3_600_000, (ms / 60_000) % 60, (ms / 1000) % 60].map((part) => pad(Math.floor(part), 2));
  const fraction = ms % 1000 === 0 ? '' : `.${pad(Math.floor(ms % 1000), 3).replace(/0+$/, '')}`;
  return `${showDay(days)} ${clock.join(':')}${fraction} UTC`;
}

/**
 * Days since 1970-01-01 in the Gregorian calendar. Years are counted from March, so that the leap day is the last of its
 * year, in eras of 400 years, which all have the same number of days.
 */
function showDay(days: number): string {
  const shifted = days + 719_468;
  const era = Math.floor(shifted / 146_097);
  const dayOfEra = shifted - era * 146_097;
  const yearOfEra = Math.floor(
    (dayOfEra - Math.floor(dayOfEra / 1460) + Math.floor(dayOfEra / 36_524) - Math.floor(dayOfEra / 146_096)) / 365,
  );
  const dayOfYear = dayOfEra - (365 * yearOfEra + Math.floor(yearOfEra / 4) - Math.floor(yearOfEra / 100));
  const monthFromMarch = Math.floor((5 * dayOfYear + 2) / 153);
  const day = dayOfYear - Math.floor((153 * monthFromMarch + 2) / 5) + 1;
  const month = monthFromMarch < 10 ? monthFromMarch + 3 : monthFromMarch - 9;
  const year = yearOfEra + era * 400 + (month <= 2 ? 1 : 0);
  return `${pad(year, 4)}-${pad(month, 2)}-${pad(day, 2)}`;
}

function pad(number: number, digits: number): string {
  return String(number).padStart(digits, '0');
}

export function showList(items: readonly string[]): string {
  if (items.length === 0) return 'no field';
  return items.length === 1 ? items.join('') : `${items.slice(0, -1).join(', ')} and ${items.at(-1)}`;
}

/** The origin of what people decided is ''. */
export function showSystem(system: string): string {
  return system === '' ? 'a person' : system;
}
