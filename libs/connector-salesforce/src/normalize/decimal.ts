/** Exact decimals from the binary doubles that the bus and REST carry. */

/**
 * The shortest decimal that names this double, rounded half away from zero to `scale` fraction digits; no exponent, no
 * trailing zeros. 0.1 + 0.2 with scale 2 is "0.3", 1e21 is "1000000000000000000000".
 */
export function decimalText(value: number, scale?: number): string {
  if (!Number.isFinite(value)) throw new RangeError(`not a finite number: ${value}`);
  return normalizeDecimal(String(value), scale);
}

const DECIMAL = /^([+-]?)(\d*)(?:\.(\d*))?(?:e([+-]?\d+))?$/i;

export function normalizeDecimal(text: string, scale?: number): string {
  const found = DECIMAL.exec(text.trim());
  if (found === null || (found[2] ?? '') + (found[3] ?? '') === '') throw new RangeError(`not a decimal: ${text}`);
  const [, sign, whole = '', fraction = '', exponent = '0'] = found;
  const shifted = shift(whole, fraction, Number(exponent));
  const rounded = scale === undefined ? shifted : round(shifted, scale);
  const integer = rounded.integer.replace(/^0+(?=\d)/, '');
  const rest = rounded.fraction.replace(/0+$/, '');
  const magnitude = rest === '' ? integer : `${integer}.${rest}`;
  return sign === '-' && magnitude !== '0' ? `-${magnitude}` : magnitude;
}

type Digits = { readonly integer: string; readonly fraction: string };

function shift(whole: string, fraction: string, exponent: number): Digits {
  const digits = whole + fraction;
  const point = whole.length + exponent;
  if (point <= 0) return { integer: '0', fraction: '0'.repeat(-point) + digits };
  return { integer: digits.slice(0, point).padEnd(point, '0'), fraction: digits.slice(point) };
}

function round({ integer, fraction }: Digits, scale: number): Digits {
  if (fraction.length <= scale) return { integer, fraction };
  const kept = BigInt(integer + fraction.slice(0, scale)) + (fraction[scale]! >= '5' ? 1n : 0n);
  const digits = kept.toString().padStart(scale + 1, '0');
  return { integer: digits.slice(0, digits.length - scale), fraction: digits.slice(digits.length - scale) };
}
