/**
 * Exact decimal text. Numbers that a double cannot carry travel as text, and two systems write the same number
 * differently (10.50, 10.5, 1.05e1), so there is one normal form: no exponent, no leading or trailing zeros, no -0.
 */

const DECIMAL = /^([+-]?)(\d*)(?:\.(\d*))?(?:[eE]([+-]?\d{1,4}))?$/;

type Digits = { readonly negative: boolean; readonly whole: string; readonly fraction: string };

/** The normal form, or null when the text is no finite number (NaN and Infinity exist in Postgres). */
export function normalDecimal(text: string): string | null {
  const digits = parse(text);
  return digits === null ? null : format(digits);
}

/** The normal form rounded to `scale` digits after the point, halves away from zero as SQL rounds. */
export function roundDecimal(text: string, scale: number): string | null {
  const digits = parse(text);
  if (digits === null) return null;
  if (digits.fraction.length <= scale) return format(digits);
  const cut = BigInt(digits.whole + digits.fraction.slice(0, scale) || '0');
  const roundedUp = digits.fraction.charCodeAt(scale) >= 53 ? cut + 1n : cut;
  const all = roundedUp.toString().padStart(scale + 1, '0');
  const point = all.length - scale;
  return format({ negative: digits.negative, whole: all.slice(0, point), fraction: all.slice(point) });
}

/** Negative when `left` is the smaller number; null when one of them is no number. */
export function compareDecimals(left: string, right: string): number | null {
  const [one, other] = [parse(left), parse(right)];
  if (one === null || other === null) return null;
  const scale = Math.max(one.fraction.length, other.fraction.length);
  const difference = unitsOf(one, scale) - unitsOf(other, scale);
  return difference < 0n ? -1 : Number(difference > 0n);
}

/** `base + plus - minus` with every digit; null when one of them is no number. */
export function addDifference(base: string, plus: string, minus: string): string | null {
  const [start, added, taken] = [parse(base), parse(plus), parse(minus)];
  if (start === null || added === null || taken === null) return null;
  const scale = Math.max(start.fraction.length, added.fraction.length, taken.fraction.length);
  const units = unitsOf(start, scale) + unitsOf(added, scale) - unitsOf(taken, scale);
  const digits = String(units < 0n ? -units : units).padStart(scale + 1, '0');
  const point = digits.length - scale;
  return format({ negative: units < 0n, whole: digits.slice(0, point), fraction: digits.slice(point) });
}

function unitsOf({ negative, whole, fraction }: Digits, scale: number): bigint {
  const units = BigInt(whole + fraction.padEnd(scale, '0') || '0');
  return negative ? -units : units;
}

function parse(text: string): Digits | null {
  const match = DECIMAL.exec(text.trim());
  if (match === null) return null;
  const [, sign, whole = '', fraction = '', exponent] = match;
  if (whole === '' && fraction === '') return null;
  return shift({ negative: sign === '-', whole, fraction }, exponent === undefined ? 0 : Number(exponent));
}

function shift(digits: Digits, exponent: number): Digits {
  if (exponent === 0) return digits;
  const { negative, whole, fraction } = digits;
  if (exponent > 0) {
    const padded = fraction.padEnd(exponent, '0');
    return { negative, whole: whole + padded.slice(0, exponent), fraction: padded.slice(exponent) };
  }
  const padded = whole.padStart(-exponent, '0');
  const point = padded.length + exponent;
  return { negative, whole: padded.slice(0, point), fraction: padded.slice(point) + fraction };
}

function format({ negative, whole, fraction }: Digits): string {
  const shortWhole = whole.replace(/^0+/, '') || '0';
  const shortFraction = fraction.replace(/0+$/, '');
  const text = shortFraction === '' ? shortWhole : `${shortWhole}.${shortFraction}`;
  return negative && text !== '0' ? `-${text}` : text;
}
