/**
 * Many texts or byte strings as one binary parameter and the places where each begins. An array parameter would travel as
 * text with every quote and backslash escaped; for documents in JSON that costs the client four times the work.
 */
export type Packed = { readonly bytes: Buffer; readonly from: number[]; readonly lengths: number[] };

/** `from` counts from one, as substring() does. */
export function pack(parts: readonly (string | Buffer)[]): Packed {
  const lengths = parts.map((part) => Buffer.byteLength(part));
  const bytes = Buffer.allocUnsafe(lengths.reduce((sum, length) => sum + length, 0));
  const from: number[] = [];
  let next = 0;
  for (const [index, part] of parts.entries()) {
    from.push(next + 1);
    if (typeof part === 'string') bytes.write(part, next);
    else part.copy(bytes, next);
    next += lengths[index] as number;
  }
  return { bytes, from, lengths };
}
