/** Messages that other versions, other programs or broken disks wrote. */
import { describe, expect, it } from 'vitest';
import { createCodecs } from './codecs.ts';
import { ContractError } from './errors.ts';
import { createMemoryRegistry } from './registry.ts';
import { samplePlan, samples } from './sample.ts';
import type { EntityPlan } from './plan.ts';

const registry = createMemoryRegistry();
const today = await createCodecs(registry, [samplePlan]);

async function writtenWith(fields: EntityPlan['fields']) {
  return createCodecs(registry, [{ ...samplePlan, fields }]);
}

describe('a message of another plan', () => {
  it('is read by name when fields were moved, added and dropped since', async () => {
    const [name, ...others] = samplePlan.fields;
    const gone = { name: 'gone', type: { kind: 'string' }, policy: { kind: 'last_write_wins' } } as const;
    const old = await writtenWith([gone, ...others.slice(0, 6).toReversed(), name!]);
    const value = old.changes('accounts').encode({
      change: { ...samples.change.change, values: { gone: 'x', name: 'Acme', active: true, 'updated at': null } },
      before: { gone: 'y', employees: 3 },
    });
    const codec = today.changes('accounts');
    expect(() => codec.decode(value)).toThrow(expect.objectContaining({ code: 'contract.unknown_schema' }));
    await codec.prepare([{ value: null }, { value }]);
    const { change, before } = codec.decode(value);
    expect(change.values).toEqual({ name: 'Acme', active: true, 'updated at': null });
    expect(before).toEqual({ employees: 3 });
  });

  it('is refused with its id when a field has changed its type', async () => {
    const fields = samplePlan.fields.map((field) =>
      field.name === 'employees' ? { ...field, type: { kind: 'boolean' } as const } : field,
    );
    const old = await writtenWith(fields);
    const value = old
      .changes('accounts')
      .encode({ ...samples.change, change: { ...samples.change.change, values: {} } });
    const codec = today.changes('accounts');
    await codec.prepare([{ value }]);
    expect(() => codec.decode(value, 3, '42')).toThrow(
      expect.objectContaining({ code: 'contract.incompatible_schema', reaction: 'park' }),
    );
  });

  it('is refused when it is of another kind or entity', async () => {
    const value = today.outcomes.encode(samples.outcome);
    const codec = today.changes('accounts');
    await codec.prepare([{ value }]);
    expect(() => codec.decode(value)).toThrow(expect.objectContaining({ code: 'contract.unknown_entity' }));
  });
});

describe('a garbled message', () => {
  const codec = today.changes('accounts');
  const good = codec.encode(samples.change);

  it('names its place', () => {
    expect(() => codec.decode(Buffer.from('hello'), 2, '77')).toThrow(
      expect.objectContaining({
        code: 'contract.malformed',
        message: expect.stringContaining('topic changes.accounts, partition 2, offset 77'),
      }),
    );
  });

  it('is malformed wherever it is cut off, or when bytes follow', () => {
    for (let length = 0; length < good.length; length += 1) {
      expect(() => codec.decode(good.subarray(0, length))).toThrow(expect.objectContaining({ reaction: 'park' }));
    }
    expect(() => codec.decode(Buffer.concat([good, Buffer.from([0])]))).toThrow(/does not follow its schema/);
  });

  it('cannot keep the process busy or hurt it, whatever its bytes are', () => {
    for (let index = 5; index < good.length; index += 1) {
      for (const byte of [0x00, 0x01, 0x7f, 0x80, 0xff]) {
        const bad = Buffer.from(good);
        bad.fill(byte, index, Math.min(index + 9, bad.length));
        expect(['contract.malformed', null]).toContain(codeOf(() => codec.decode(bad)));
      }
    }
  });

  it('with an id that the registry does not have is told apart', async () => {
    const bad = Buffer.from(good);
    bad.writeUInt32BE(0xfffffff0, 1);
    await codec.prepare([{ value: bad }]);
    expect(() => codec.decode(bad)).toThrow(/4294967280.*not in the registry/);
  });
});

function codeOf(work: () => unknown): unknown {
  try {
    work();
    return null;
  } catch (error) {
    return error instanceof ContractError ? error.code : error;
  }
}
