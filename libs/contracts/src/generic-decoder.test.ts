import avro from 'avsc';
import { expect, it } from 'vitest';
import { createGenericDecoder } from './generic-decoder.ts';
import { createMemoryRegistry } from './registry.ts';

/** The form of a Debezium envelope: annotated longs, a nested source, a default on a long. */
const envelope = {
  type: 'record' as const,
  name: 'Envelope',
  namespace: 'pg.public.accounts',
  fields: [
    {
      name: 'after',
      type: [
        'null',
        {
          type: 'record',
          name: 'Value',
          fields: [
            { name: 'id', type: { type: 'long', 'connect.default': 0 }, default: 0 },
            { name: 'big', type: ['null', 'long'], default: null },
            { name: 'small', type: { type: 'int', 'connect.type': 'int16' } },
          ],
        },
      ],
      default: null,
    },
    { name: 'ts_ns', type: ['null', 'long'], default: null },
    { name: 'op', type: 'string' },
  ],
};

async function setup() {
  const registry = createMemoryRegistry();
  const id = await registry.register('x', envelope);
  const decoder = createGenericDecoder(registry, 'cdc.postgres');
  const type = avro.Type.forSchema(structuredClone(envelope) as avro.Schema);
  const frame = (value: object) => {
    const header = Buffer.from([0, 0, 0, 0, id]);
    return Buffer.concat([header, type.toBuffer(value)]);
  };
  return { decoder, frame };
}

it('gives every long as a BigInt, and the rest as it is', async () => {
  const { decoder, frame } = await setup();
  const value = frame({ after: { id: 5, big: -(2 ** 52), small: 3 }, ts_ns: 1_790_000_000_000_123, op: 'c' });
  await decoder.prepare([{ key: null, value }]);
  expect(decoder.decode(value)).toEqual({
    after: { id: 5n, big: -(2n ** 52n), small: 3 },
    ts_ns: 1_790_000_000_000_123n,
    op: 'c',
  });
});

it('reads the largest and smallest longs exactly', async () => {
  const { decoder, frame } = await setup();
  const value = frame({ after: null, ts_ns: 0, op: 'c' });
  await decoder.prepare([{ key: null, value }]);
  // The place of ts_ns: 5 bytes of header, branch of after, branch of ts_ns, then the long itself.
  const zigzag = (text: string) => Buffer.concat([value.subarray(0, 7), Buffer.from(text, 'hex'), value.subarray(8)]);
  expect(decoder.decode(zigzag('feffffffffffffffff01'))).toMatchObject({ ts_ns: 2n ** 63n - 1n });
  expect(decoder.decode(zigzag('ffffffffffffffffff01'))).toMatchObject({ ts_ns: -(2n ** 63n) });
});

it('passes null on, and parks what it cannot read', async () => {
  const { decoder, frame } = await setup();
  const value = frame({ after: null, ts_ns: null, op: 'd' });
  expect(decoder.decode(null)).toBeNull();
  expect(() => decoder.decode(value)).toThrow(expect.objectContaining({ code: 'contract.unknown_schema' }));
  await decoder.prepare([{ key: value, value: null }]);
  expect(() => decoder.decode(value.subarray(0, -1), 0, '5')).toThrow(/topic cdc.postgres, partition 0, offset 5/);
});
