/**
 * Reads a record of a fetched batch (message format 2). kafkajs makes a 64-bit object for every number and a new object for
 * every header of every record; most headers are never looked at. Here they stay bytes until somebody asks for them.
 * The test holds the result against kafkajs itself.
 */
import { createRequire } from 'node:module';

/** What kafkajs knows of the batch that a record is in. */
export type BatchContext = {
  readonly firstOffset: string;
  readonly firstTimestamp: string;
  readonly maxTimestamp: string;
  readonly magicByte: number;
  /** 1 where the broker set the time. */
  readonly timestampType: number;
  readonly isControlBatch?: boolean;
};

type Headers = Record<string, Buffer | Buffer[]>;
const NO_HEADERS: Headers = Object.freeze({});
/** Names come from outside; no name means anything on an object without a prototype. */
const emptyHeaders = (): Headers => Object.create(null) as Headers;
const LOG_APPEND_TIME = 1;

/** Puts this reader in the place of kafkajs's; before the first fetch, as it is loaded then. */
export function replaceRecordDecoder(): void {
  const require = createRequire(import.meta.url);
  const place = 'kafkajs/src/protocol/recordBatch/record/v0/decoder';
  require(place);
  (require.cache[require.resolve(place)] as { exports: unknown }).exports = (
    decoder: { buffer: Buffer },
    context: BatchContext,
  ): RawRecord => new RawRecord(decoder.buffer, context);
}

/** A record in the form that kafkajs hands on; `headers` are read when they are asked for. */
export class RawRecord {
  readonly magicByte: number;
  readonly attributes: number;
  readonly timestamp: string;
  readonly offset: string;
  readonly key: Buffer | null;
  readonly value: Buffer | null;
  readonly isControlRecord: boolean;
  readonly batchContext: BatchContext;
  readonly #cursor: Cursor;
  #headers: Headers | undefined;

  constructor(buffer: Buffer, context: BatchContext) {
    const cursor = new Cursor(buffer);
    this.magicByte = context.magicByte;
    this.attributes = cursor.byte();
    const timestampDelta = cursor.number();
    this.timestamp =
      context.timestampType === LOG_APPEND_TIME && context.maxTimestamp
        ? context.maxTimestamp
        : sum(context.firstTimestamp, timestampDelta);
    this.offset = sum(context.firstOffset, cursor.number());
    this.key = cursor.bytes();
    this.value = cursor.bytes();
    this.isControlRecord = context.isControlBatch ?? false;
    this.batchContext = context;
    this.#cursor = cursor;
  }

  get headers(): Headers {
    return (this.#headers ??= readHeaders(this.#cursor));
  }
}

function readHeaders(cursor: Cursor): Headers {
  const count = cursor.number();
  if (count <= 0) return NO_HEADERS;
  const headers = emptyHeaders();
  for (let index = 0; index < count; index += 1) {
    const name = cursor.bytes()?.toString() ?? 'null';
    const value = cursor.bytes() as Buffer;
    const earlier = headers[name];
    headers[name] = earlier === undefined ? value : [...(Array.isArray(earlier) ? earlier : [earlier]), value];
  }
  return headers;
}

/** Offsets and times of today's brokers are exact as numbers; the rest goes by bigints. */
function sum(first: string, delta: number): string {
  const exact = Number(first) + delta;
  return Number.isSafeInteger(exact) ? String(exact) : String(BigInt(first) + BigInt(delta));
}

class Cursor {
  readonly #buffer: Buffer;
  #at = 0;

  constructor(buffer: Buffer) {
    this.#buffer = buffer;
  }

  byte(): number {
    return this.#buffer.readInt8(this.#at++);
  }

  /** A varint or varlong; zigzag. Beyond 32 bits by multiplication, as bit operations end there. */
  number(): number {
    let byte = this.#next();
    let value = byte & 0x7f;
    let scale = 0x80;
    while (byte >= 0x80) {
      byte = this.#next();
      value += (byte & 0x7f) * scale;
      scale *= 0x80;
    }
    return value % 2 === 0 ? value / 2 : -(value + 1) / 2;
  }

  bytes(): Buffer | null {
    const length = this.number();
    if (length < 0) return null;
    const from = this.#at;
    this.#at += length;
    if (this.#at > this.#buffer.length) throw new RangeError('a record is longer than its batch says');
    return this.#buffer.subarray(from, this.#at);
  }

  #next(): number {
    const byte = this.#buffer[this.#at++];
    if (byte === undefined) throw new RangeError('a record is longer than its batch says');
    return byte;
  }
}
