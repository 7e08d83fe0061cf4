/**
 * The bitmaps of a change event's header (changedFields, nulledFields, diffFields).
 *
 *     "0x400800"   bits over the top-level fields of the event's own schema, lowest bit = field 0 (the header)
 *     "6-0x0180"   bits over the children of the compound field with index 6
 *
 * Elements of either kind may stand alone. Upper-case hexadecimal, leading zero bytes cut off.
 */
export type FieldBit = { readonly index: number; readonly child: number | null };

const ELEMENT = /^(?:(\d+)-)?0x([0-9a-f]*)$/i;

export class BitmapError extends Error {
  constructor(element: string) {
    super(`not a field bitmap: ${JSON.stringify(element.slice(0, 40))}`);
    this.name = 'BitmapError';
  }
}

export function parseBitmaps(elements: readonly string[]): FieldBit[] {
  return elements.flatMap((element) => {
    const found = ELEMENT.exec(element);
    if (found === null) throw new BitmapError(element);
    const parent = found[1] === undefined ? null : Number(found[1]);
    return bitsOf(found[2] ?? '').map((bit) =>
      parent === null ? { index: bit, child: null } : { index: parent, child: bit },
    );
  });
}

function bitsOf(hex: string): number[] {
  const bits: number[] = [];
  for (let digit = 0; digit < hex.length; digit += 1) {
    const value = Number.parseInt(hex[hex.length - 1 - digit] as string, 16);
    for (let bit = 0; bit < 4; bit += 1) if ((value >> bit) & 1) bits.push(digit * 4 + bit);
  }
  return bits;
}
