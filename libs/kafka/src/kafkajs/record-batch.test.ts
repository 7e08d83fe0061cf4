/** kafkajs's own encoder is the standard: whatever is encoded, the bytes are the same. */
import { createRequire } from 'node:module';
import fc from 'fast-check';
import { expect, test } from 'vitest';
import { crc32c } from './crc32c.ts';
import { encodeRecordBatch, replaceRecordEncoders, type RawBatch, type RawRecord } from './record-batch.ts';

const require = createRequire(import.meta.url);
type Encoded = { buffer: Buffer };
const recordOf = require('kafkajs/src/protocol/recordBatch/record/v0') as (record: unknown) => Encoded;
const { RecordBatch: batchOf } = require('kafkajs/src/protocol/recordBatch/v0') as {
  RecordBatch: (batch: unknown) => Promise<Encoded>;
};
const Long = require('kafkajs/src/utils/long') as { fromValue(value: string): { toString(): string } };

const text = fc.oneof(fc.string(), fc.string({ unit: 'binary', maxLength: 300 }));
const bytes = fc.oneof(
  text,
  fc.uint8Array({ maxLength: 2_000 }).map((some) => Buffer.from(some)),
  fc.constant(Buffer.alloc(0)),
);
const record: fc.Arbitrary<Omit<RawRecord, 'offsetDelta'>> = fc.record({
  key: fc.option(bytes),
  value: fc.option(bytes),
  headers: fc.option(fc.dictionary(fc.string(), fc.oneof(bytes, fc.array(bytes, { maxLength: 3 })), { maxKeys: 9 }), {
    nil: undefined,
  }),
  timestampDelta: fc.oneof(fc.nat(100), fc.maxSafeNat()),
});

test('a batch has the bytes that kafkajs gives it', async () => {
  const batches = fc.record({
    records: fc.array(record, { minLength: 1, maxLength: 70 }),
    isTransactional: fc.boolean(),
  });
  await fc.assert(
    fc.asyncProperty(batches, async ({ records, isTransactional }) => {
      const raw = records.map((one, offsetDelta) => ({ ...one, offsetDelta }));
      const batch: RawBatch = {
        firstTimestamp: 1_795_253_679_123,
        maxTimestamp: 1_795_253_680_000,
        lastOffsetDelta: raw.length - 1,
        transactional: isTransactional,
        producerId: Long.fromValue('9007199254740993'),
        producerEpoch: 7,
        firstSequence: 123_456,
        records: raw,
      };
      // kafkajs knows no absent headers, only a missing key.
      const theirs = raw.map(({ headers, ...rest }) => recordOf(headers === undefined ? rest : { ...rest, headers }));
      const expected = await batchOf({ ...batch, compression: 0, records: theirs });
      const encoded = encodeRecordBatch(batch);
      expect(encoded.buffer.equals(expected.buffer)).toBe(true);
      expect([encoded.buf, encoded.size()]).toEqual([encoded.buffer, encoded.buffer.length]);
    }),
    { numRuns: 200 },
  );
});

test('the checksum is the published one, at every length', () => {
  const ours = require('kafkajs/src/protocol/recordBatch/crc32C') as (bytes: Buffer) => number;
  expect(crc32c(Buffer.from('123456789'))).toBe(0xe3069283);
  fc.assert(fc.property(fc.uint8Array({ maxLength: 100 }), (some) => crc32c(some) === ours(Buffer.from(some))));
});

test('kafkajs sends what is encoded here', async () => {
  replaceRecordEncoders();
  const requestOf = require('kafkajs/src/protocol/requests/produce/v3/request') as (request: unknown) => {
    encode(): Promise<Encoded>;
  };
  const timestamp = 1_795_253_679_123;
  const message = { key: 'k', value: Buffer.from('v'), headers: { ce_id: 'naïve' }, timestamp };
  const partitions = [{ partition: 3, firstSequence: 5, messages: [message, message] }];
  const producer = { producerId: Long.fromValue('42'), producerEpoch: 1 };
  const request = requestOf({ acks: -1, timeout: 1, topicData: [{ topic: 't', partitions }], ...producer });
  const batch = encodeRecordBatch({
    ...producer,
    firstTimestamp: timestamp,
    maxTimestamp: timestamp,
    lastOffsetDelta: 1,
    transactional: false,
    firstSequence: 5,
    records: [0, 1].map((offsetDelta) => ({ ...message, offsetDelta, timestampDelta: 0 })),
  });
  expect((await request.encode()).buffer.includes(batch.buffer)).toBe(true);
});
