/** kafkajs's own decoder is the standard: whatever a broker sends, the record is the same. */
import { createRequire } from 'node:module';
import fc from 'fast-check';
import { expect, test } from 'vitest';
import { encodeRecordBatch } from './record-batch.ts';
import { toMessage } from './to-message.ts';
import { RawRecord, replaceRecordDecoder, type BatchContext } from './record-reader.ts';

const require = createRequire(import.meta.url);
const Decoder = require('kafkajs/src/protocol/decoder') as new (buffer: Buffer) => { buffer: Buffer };
const decodeOf = require('kafkajs/src/protocol/recordBatch/record/v0/decoder') as (
  decoder: unknown,
  context: BatchContext,
) => Record<string, unknown>;
const batchDecoderPath = require.resolve('kafkajs/src/protocol/recordBatch/v0/decoder');

const bytes = fc.oneof(
  fc.string({ unit: 'binary', maxLength: 300 }).map((text) => Buffer.from(text)),
  fc.uint8Array({ maxLength: 2_000 }).map((some) => Buffer.from(some)),
);
// kafkajs takes what every object has under such a name for a first value: see the test after.
const name = fc.string({ maxLength: 20 }).filter((text) => !(text in {}));
const record = fc.record({
  key: fc.option(bytes),
  value: fc.option(bytes),
  headers: fc.dictionary(name, fc.oneof(bytes, fc.array(bytes, { minLength: 1, maxLength: 3 })), { maxKeys: 9 }),
  timestampDelta: fc.oneof(fc.nat(100), fc.integer({ min: -(2 ** 40), max: 2 ** 40 })),
  offsetDelta: fc.nat(1_000_000),
});
const context: fc.Arbitrary<BatchContext> = fc.record({
  firstOffset: fc.constantFrom('0', '4200000000000', '9007199254740993'),
  firstTimestamp: fc.constantFrom('1795253679123', '-1'),
  maxTimestamp: fc.constant('1795253680000'),
  magicByte: fc.constant(2),
  timestampType: fc.constantFrom(0, 1),
  isControlBatch: fc.boolean(),
});

/** The bytes of the only record of a batch, behind its length. */
function bytesOf(one: Parameters<typeof encodeRecordBatch>[0]['records'][number]): Buffer {
  const { buffer } = encodeRecordBatch({
    ...{ firstTimestamp: 0, maxTimestamp: 0, lastOffsetDelta: 0, transactional: false },
    ...{ producerId: '0', producerEpoch: 0, firstSequence: 0, records: [one] },
  });
  const HEADER_BYTES = 61;
  const lengthBytes = buffer.subarray(HEADER_BYTES).findIndex((byte) => byte < 0x80) + 1;
  return buffer.subarray(HEADER_BYTES + lengthBytes);
}

test('a record is what kafkajs makes of it', () => {
  fc.assert(
    fc.property(record, context, (one, batch) => {
      const buffer = bytesOf(one);
      const expected = decodeOf(new Decoder(buffer), batch);
      const read = new RawRecord(buffer, batch);
      for (const part in expected) expect(read[part as keyof typeof read], part).toEqual(expected[part]);
      expect(read.headers).toBe(read.headers);
    }),
    { numRuns: 300 },
  );
});

test.each(['__proto__', 'constructor', 'toString'])('a header may be called %s', (odd) => {
  const sent = JSON.parse(`{"${odd}": "text", "next": "one"}`) as Record<string, string>;
  const { headers } = new RawRecord(bytesOf({ value: 'v', headers: sent }), fc.sample(context, 1)[0]!);
  expect(Object.entries(headers)).toEqual([
    [odd, Buffer.from('text')],
    ['next', Buffer.from('one')],
  ]);
  const message = toMessage('topic', 0, { offset: '1', timestamp: '1', key: null, value: null, headers } as never);
  expect(Object.entries(message.headers)).toEqual(Object.entries(sent));
});

test('bytes that end too early are refused', () => {
  const buffer = bytesOf({ key: 'key', value: 'value', headers: { name: 'text' } });
  const batch = fc.sample(context, 1)[0]!;
  for (let length = 0; length < buffer.length; length += 1)
    expect(() => new RawRecord(buffer.subarray(0, length), batch).headers, `${length} bytes`).toThrow(RangeError);
});

test('kafkajs reads with this reader', async () => {
  replaceRecordDecoder();
  delete require.cache[batchDecoderPath];
  const decodeBatch = require(batchDecoderPath) as (decoder: unknown) => Promise<{ records: unknown[] }>;
  const { buffer } = encodeRecordBatch({
    ...{ firstTimestamp: 7, maxTimestamp: 7, lastOffsetDelta: 0, transactional: false },
    ...{ producerId: '0', producerEpoch: 0, firstSequence: 0, records: [{ key: 'k', value: 'v' }] },
  });
  const { records } = await decodeBatch(new Decoder(buffer));
  expect(records).toEqual([expect.any(RawRecord)]);
});
