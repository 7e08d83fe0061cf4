// Record ids: fifteen case-sensitive characters (prefix of the object, instance, number in base 62), followed by three
// that encode which of the fifteen are upper case, so that the id survives systems that ignore case.

const BASE_62 = '0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz';
const CHECKSUM_LETTERS = 'ABCDEFGHIJKLMNOPQRSTUVWXYZ012345';
const INSTANCE = '5e0';

/** Eighteen-character form of a fifteen-character id: one letter per five characters, bit n set when character n is upper case. */
export function withChecksum(id15: string): string {
  let checksum = '';
  for (let block = 0; block < 3; block++) {
    let bits = 0;
    for (let position = 0; position < 5; position++) {
      const character = id15.charCodeAt(block * 5 + position);
      if (character >= 65 && character <= 90) bits |= 1 << position;
    }
    checksum += CHECKSUM_LETTERS[bits];
  }
  return id15 + checksum;
}

export function makeId(keyPrefix: string, sequence: number): string {
  let digits = '';
  for (let rest = sequence; rest > 0; rest = Math.floor(rest / 62)) digits = BASE_62[rest % 62]! + digits;
  return withChecksum(keyPrefix + INSTANCE + digits.padStart(9, '0'));
}

/** The eighteen-character id that a caller meant, or undefined when the text is no id. */
export function normalizeId(text: unknown): string | undefined {
  if (typeof text !== 'string' || !/^[A-Za-z0-9]+$/.test(text)) return undefined;
  if (text.length === 15) return withChecksum(text);
  if (text.length !== 18) return undefined;
  const full = withChecksum(text.slice(0, 15));
  return full === text ? full : repairCase(text);
}

/** An eighteen-character id whose case was lost gets it back from the checksum. */
function repairCase(text: string): string | undefined {
  let id15 = '';
  for (let index = 0; index < 15; index++) {
    const bits = CHECKSUM_LETTERS.indexOf(text[15 + Math.floor(index / 5)]!.toUpperCase());
    if (bits < 0) return undefined;
    const isUpper = (bits >> (index % 5)) & 1;
    const character = isUpper ? text[index]!.toUpperCase() : text[index]!.toLowerCase();
    if (isUpper && !/[A-Z]/.test(character)) return undefined;
    id15 += character;
  }
  return withChecksum(id15);
}
