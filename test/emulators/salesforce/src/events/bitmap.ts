// Which fields of an event changed, were nulled, or are sent as a difference: hexadecimal bitmaps over the positions in
// the event's own schema, least significant bit first (bit 0 is the header). Children of a compound field have a bitmap
// of their own, prefixed with the compound's position; the first element is missing when only children are meant.

export type FieldPosition = { top: number; child: number | null };

export function toBitmaps(positions: readonly FieldPosition[]): string[] {
  let top = 0n;
  const nested = new Map<number, bigint>();
  for (const each of positions) {
    if (each.child === null) top |= 1n << BigInt(each.top);
    else nested.set(each.top, (nested.get(each.top) ?? 0n) | (1n << BigInt(each.child)));
  }
  const children = [...nested].sort(([left], [right]) => left - right);
  return [...(top === 0n ? [] : [toHex(top)]), ...children.map(([position, bits]) => `${position}-${toHex(bits)}`)];
}

function toHex(bits: bigint): string {
  const digits = bits.toString(16).toUpperCase();
  return `0x${digits.length % 2 === 0 ? digits : `0${digits}`}`;
}
