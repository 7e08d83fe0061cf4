/**
 * Encodes a record batch (message format 2) into one buffer of its exact size.
 *
 * kafkajs makes a zero-filled buffer of 512 bytes for every record and for every header of every record, and copies them
 * together; with the seven headers that our messages carry this took a third of the resolver's time. Byte for byte the
 * result is the same, which the test holds against kafkajs itself.
 */
import { createRequire } from 'node:module';
import { crc32c } from './crc32c.ts';

type Bytes = Buffer | string | null | undefined;

/** A message as kafkajs hands it to its record encoder. */
export type RawRecord = {
  readonly key?: Bytes;
  readonly value: Bytes;
  readonly headers?: Readonly<Record<string, Bytes | Bytes[]>> | undefined;
  readonly offsetDelta?: number;
  readonly timestampDelta?: number;
};

export type RawBatch = {
  readonly firstTimestamp: number;
  readonly maxTimestamp: number;
  readonly lastOffsetDelta: number;
  readonly transactional: boolean;
  /** A Long of kafkajs, or anything that BigInt reads from its text. */
  readonly producerId: { toString(): string };
  readonly producerEpoch: number;
  readonly firstSequence: number;
  readonly records: readonly RawRecord[];
};

/** What kafkajs asks of an encoder that is written into another one. */
export type EncodedBatch = { readonly buf: Buffer; readonly buffer: Buffer; size(): number };

/**
 * Puts this encoder in the place of kafkajs's two. kafkajs loads the request that uses them when it first sends, so this
 * comes before any send; kafkajs is pinned, and a test fails when it no longer takes these.
 */
export function replaceRecordEncoders(): void {
  const require = createRequire(import.meta.url);
  const batches = require('kafkajs/src/protocol/recordBatch/v0') as { RecordBatch: unknown };
  batches.RecordBatch = (batch: RawBatch & { compression?: number }): Promise<EncodedBatch> => {
    if (batch.compression) throw new TypeError('batches are sent without compression');
    return Promise.resolve(encodeRecordBatch(batch));
  };
  const place = 'kafkajs/src/protocol/recordBatch/record/v0';
  require(place);
  // Records stay as they are until their batch is written.
  (require.cache[require.resolve(place)] as { exports: unknown }).exports = (record: RawRecord): RawRecord => record;
}

const HEADER_BYTES = 61;
const LENGTH_AT = 8;
const MAGIC_AT = 16;
const CRC_AT = 17;
const CHECKED_FROM = 21;
const MAGIC = 2;
const TRANSACTIONAL = 16;
const ABSENT = -1;

export function encodeRecordBatch(batch: RawBatch): EncodedBatch {
  const sizes = measure(batch.records);
  const buffer = Buffer.allocUnsafe(HEADER_BYTES + sizes.total);
  writeRecords(buffer, batch.records, sizes);
  writeHeader(buffer, batch);
  return { buf: buffer, buffer, size: () => buffer.length };
}

function writeHeader(buffer: Buffer, batch: RawBatch): void {
  buffer.writeBigInt64BE(0n, 0);
  buffer.writeInt32BE(buffer.length - LENGTH_AT - 4, LENGTH_AT);
  buffer.writeInt32BE(0, 12);
  buffer.writeInt8(MAGIC, MAGIC_AT);
  buffer.writeInt16BE(batch.transactional ? TRANSACTIONAL : 0, CHECKED_FROM);
  buffer.writeInt32BE(batch.lastOffsetDelta, 23);
  buffer.writeBigInt64BE(BigInt(batch.firstTimestamp), 27);
  buffer.writeBigInt64BE(BigInt(batch.maxTimestamp), 35);
  buffer.writeBigInt64BE(BigInt(batch.producerId.toString()), 43);
  buffer.writeInt16BE(batch.producerEpoch, 51);
  buffer.writeInt32BE(batch.firstSequence, 53);
  buffer.writeInt32BE(batch.records.length, 57);
  buffer.writeUInt32BE(crc32c(buffer.subarray(CHECKED_FROM)), CRC_AT);
}

/** Lengths in the order of writing, so that no text is measured twice: per record its body, key, value, headers. */
type Sizes = { readonly lengths: number[]; total: number };

function measure(records: readonly RawRecord[]): Sizes {
  const sizes: Sizes = { lengths: [], total: 0 };
  for (const { key, value, headers, offsetDelta = 0, timestampDelta = 0 } of records) {
    const bodyAt = sizes.lengths.push(0) - 1;
    let body = 1 + sizeOfLong(timestampDelta) + sizeOfInt(offsetDelta) + part(key, sizes) + part(value, sizes);
    let headerCount = 0;
    for (const name in headers) {
      const found = headers[name];
      for (const one of Array.isArray(found) ? found : [found]) {
        headerCount += 1;
        const nameBytes = bytesOfName(name).length;
        body += sizeOfInt(nameBytes) + nameBytes + part(one, sizes);
      }
    }
    body += sizeOfInt(headerCount);
    sizes.lengths[bodyAt] = body;
    sizes.total += sizeOfInt(body) + body;
  }
  return sizes;
}

function part(bytes: Bytes, { lengths }: Sizes): number {
  const length = bytes === null || bytes === undefined ? ABSENT : Buffer.byteLength(bytes);
  lengths.push(length);
  return sizeOfInt(length) + Math.max(0, length);
}

function writeRecords(buffer: Buffer, records: readonly RawRecord[], { lengths }: Sizes): void {
  let at = HEADER_BYTES;
  let next = 0;
  const write = (bytes: Bytes): void => {
    const length = lengths[next++] as number;
    at = writeInt(buffer, length, at);
    if (length <= 0) return;
    if (typeof bytes === 'string') buffer.write(bytes, at, length);
    else (bytes as Buffer).copy(buffer, at);
    at += length;
  };
  for (const { key, value, headers, offsetDelta = 0, timestampDelta = 0 } of records) {
    at = writeInt(buffer, lengths[next++] as number, at);
    buffer[at++] = 0;
    at = writeLong(buffer, timestampDelta, at);
    at = writeInt(buffer, offsetDelta, at);
    write(key);
    write(value);
    at = writeInt(buffer, headerCountOf(headers), at);
    for (const name in headers) {
      const found = headers[name];
      for (const one of Array.isArray(found) ? found : [found]) {
        const nameBytes = bytesOfName(name);
        at = writeInt(buffer, nameBytes.length, at);
        nameBytes.copy(buffer, at);
        at += nameBytes.length;
        write(one);
      }
    }
  }
}

function headerCountOf(headers: RawRecord['headers']): number {
  let count = 0;
  for (const name in headers) {
    const found = headers[name];
    count += Array.isArray(found) ? found.length : 1;
  }
  return count;
}

/** Header names are few and always the same. */
const names = new Map<string, Buffer>();
const NAMES_MAX = 1_000;

function bytesOfName(name: string): Buffer {
  let bytes = names.get(name);
  if (bytes === undefined) {
    if (names.size >= NAMES_MAX) names.clear();
    names.set(name, (bytes = Buffer.from(name)));
  }
  return bytes;
}

/** Zigzag: small numbers of either sign take few bytes. */
function sizeOfInt(value: number): number {
  let rest = ((value << 1) ^ (value >> 31)) >>> 0;
  let size = 1;
  for (; rest > 0x7f; rest >>>= 7) size += 1;
  return size;
}

function writeInt(buffer: Buffer, value: number, from: number): number {
  let at = from;
  let rest = ((value << 1) ^ (value >> 31)) >>> 0;
  for (; rest > 0x7f; rest >>>= 7) buffer[at++] = (rest & 0x7f) | 0x80;
  buffer[at++] = rest;
  return at;
}

const INT_MAX = 0x3fffffff;

function sizeOfLong(value: number): number {
  if (Math.abs(value) <= INT_MAX) return sizeOfInt(value);
  let size = 1;
  for (let rest = zigzag(value); rest > 0x7fn; rest >>= 7n) size += 1;
  return size;
}

function writeLong(buffer: Buffer, value: number, from: number): number {
  if (Math.abs(value) <= INT_MAX) return writeInt(buffer, value, from);
  let at = from;
  let rest = zigzag(value);
  for (; rest > 0x7fn; rest >>= 7n) buffer[at++] = Number(rest & 0x7fn) | 0x80;
  buffer[at++] = Number(rest);
  return at;
}

function zigzag(value: number): bigint {
  return BigInt.asUintN(64, (BigInt(value) << 1n) ^ (BigInt(value) >> 63n));
}
