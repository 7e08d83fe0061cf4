/**
 * Avro longs beyond 2^53. A plain avsc long throws there, which is right for sequences and times; field values and raw
 * Debezium records may hold any 64-bit number, so they get types of their own, made by avsc's documented `LongType.__with`.
 * Both work on the packed form (zigzag varint) and leave BigInt arithmetic to the numbers that need it.
 */
/* oxlint-disable no-underscore-dangle -- avsc spells these names so. */
import avro from 'avsc';

const int64Max = 2n ** 63n - 1n;
const int64Min = -(2n ** 63n);
const two28 = 2 ** 28;
const two56 = 2 ** 56;

/** The zigzag number as two parts: the low 56 bits and the rest. A double holds each of them exactly up to 53 bits. */
function unpackSmall(packed: Uint8Array): number {
  let unsigned = 0;
  let factor = 1;
  for (const byte of packed) {
    unsigned += (byte & 0x7f) * factor;
    factor *= 128;
  }
  return unsigned % 2 === 1 ? -(unsigned + 1) / 2 : unsigned / 2;
}

function unpackBig(packed: Uint8Array): bigint {
  const bits = (from: number, to: number) => {
    let part = 0;
    for (let index = to - 1; index >= from; index -= 1) part = part * 128 + ((packed[index] ?? 0) & 0x7f);
    return part;
  };
  const low = BigInt(bits(0, 4)) + BigInt(bits(4, 8)) * BigInt(two28);
  const unsigned = low + BigInt(bits(8, 10)) * BigInt(two56);
  return unsigned % 2n === 1n ? -(unsigned + 1n) / 2n : unsigned / 2n;
}

/** Seven bytes carry 49 bits: always safe as a number. */
const smallBytesMax = 7;

function pack(value: number | bigint): Buffer {
  const bytes: number[] = [];
  if (typeof value === 'number' && Math.abs(value) < 2 ** 51) {
    let rest = value < 0 ? -2 * value - 1 : 2 * value;
    for (; rest >= 128; rest = Math.floor(rest / 128)) bytes.push((rest % 128) | 0x80);
    bytes.push(rest);
  } else {
    const big = BigInt(value);
    let rest = big < 0n ? -2n * big - 1n : 2n * big;
    for (; rest >= 128n; rest >>= 7n) bytes.push(Number(rest & 127n) | 0x80);
    bytes.push(Number(rest));
  }
  return Buffer.from(bytes);
}

const integerText = /^-?\d{1,19}$/;

function isInt64(value: bigint): boolean {
  return value >= int64Min && value <= int64Max;
}

/** A canonical integer value: a number while that is exact, its decimal text beyond. Both are accepted for writing. */
export const exactLong = avro.types.LongType.__with(
  {
    fromBuffer(packed: Uint8Array) {
      if (packed.length <= smallBytesMax) return unpackSmall(packed);
      const big = unpackBig(packed);
      const number = Number(big);
      return Number.isSafeInteger(number) ? number : String(big);
    },
    toBuffer: (value: number | string) => pack(typeof value === 'number' ? value : BigInt(value)),
    fromJSON: (value: number | string) => value,
    toJSON: (value: number | string) => value,
    isValid: (value: unknown) =>
      typeof value === 'number'
        ? Number.isSafeInteger(value)
        : typeof value === 'string' && integerText.test(value) && isInt64(BigInt(value)),
    compare: (left: number | string, right: number | string) => compare(BigInt(left), BigInt(right)),
  },
  true,
);

/** Every long as a BigInt: log positions and nanoseconds in Debezium's records. */
export const bigLong = avro.types.LongType.__with(
  {
    fromBuffer: (packed: Uint8Array) =>
      packed.length <= smallBytesMax ? BigInt(unpackSmall(packed)) : unpackBig(packed),
    toBuffer: (value: bigint) => pack(value),
    fromJSON: (value: number | string | bigint) => BigInt(value),
    toJSON: (value: bigint) => String(value),
    isValid: (value: unknown) => typeof value === 'bigint' && isInt64(value),
    compare,
  },
  true,
);

function compare(left: bigint, right: bigint): -1 | 0 | 1 {
  if (left === right) return 0;
  return left < right ? -1 : 1;
}
