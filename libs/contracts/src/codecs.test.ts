import { describe, expect, it } from 'vitest';
import { createCodecs, publishSchemas } from './codecs.ts';
import { createMemoryRegistry } from './registry.ts';
import { samplePlan, samples } from './sample.ts';
import type { EntityPlan } from './plan.ts';
import type { ChangeMessage } from './shapes.ts';
import type { Value } from '@concord/core';

async function setup(plan: EntityPlan = samplePlan) {
  const registry = createMemoryRegistry();
  return { registry, codecs: await createCodecs(registry, [plan]) };
}

function withValues(values: Record<string, Value>): ChangeMessage {
  return { change: { ...samples.change.change, values }, before: null };
}

describe('every message comes back as it was', () => {
  it('change', async () => {
    const codec = (await setup()).codecs.changes('accounts');
    expect(codec.decode(codec.encode(samples.change))).toEqual(samples.change);
  });
  it('a change of the key', async () => {
    const codec = (await setup()).codecs.changes('accounts');
    const { change, before } = samples.change;
    const renamed = { change: { ...change, previousNativeId: 'as it was' }, before };
    expect(codec.decode(codec.encode(renamed))).toEqual(renamed);
  });
  it('record', async () => {
    const codec = (await setup()).codecs.records('accounts');
    expect(codec.decode(codec.encode(samples.record))).toEqual(samples.record);
  });
  it('command', async () => {
    const codec = (await setup()).codecs.commands('salesforce');
    expect(codec.decode(codec.encode(samples.command))).toEqual(samples.command);
  });
  it('resolution, whatever was chosen', async () => {
    const { resolutions } = (await setup()).codecs;
    const values = { street: 'x', city: null };
    const choices = [
      { values },
      { system: 'postgres' },
      { canonical: true },
      { value: null },
      { value: '"x"' },
      { value: 5 },
    ] as const;
    for (const choice of choices) {
      const message = { ...samples.resolution, choice };
      expect(resolutions.decode(resolutions.encode(message))).toEqual(message);
    }
  });

  it('outcome, conflict, audit', async () => {
    const { outcomes, conflicts, audit } = (await setup()).codecs;
    expect(outcomes.decode(outcomes.encode(samples.outcome))).toEqual(samples.outcome);
    expect(conflicts.decode(conflicts.encode(samples.conflict))).toEqual(samples.conflict);
    expect(audit.decode(audit.encode(samples.audit))).toEqual(samples.audit);
  });
  it('a message larger than the buffer', async () => {
    const codec = (await setup()).codecs.changes('accounts');
    const message = withValues({ name: 'é'.repeat(100_000) });
    expect(codec.decode(codec.encode(message))).toEqual(message);
  });
});

describe('absent and null are told apart', () => {
  it('and nothing of one message is left over in the next', async () => {
    const codec = (await setup()).codecs.changes('accounts');
    codec.encode(samples.change);
    const second = codec.decode(codec.encode(withValues({ active: null })));
    expect(second).toEqual(withValues({ active: null }));
    expect(() => codec.encode(withValues({ name: 'x', nope: 1 }))).toThrow(/"nope"/);
    expect(codec.decode(codec.encode(withValues({})))).toEqual(withValues({}));
  });
});

describe('integers', () => {
  it.each([0, -1, 63, -64, 64, 2 ** 31, -(2 ** 49), 2 ** 51, Number.MAX_SAFE_INTEGER, Number.MIN_SAFE_INTEGER])(
    '%d stays a number',
    async (employees) => {
      const codec = (await setup()).codecs.changes('accounts');
      expect(codec.decode(codec.encode(withValues({ employees }))).change.values).toEqual({ employees });
      const asText = codec.encode(withValues({ employees: String(employees) }));
      expect(codec.decode(asText).change.values).toEqual({ employees });
    },
  );
  it.each(['9007199254740992', '-9007199254740993', '9223372036854775807', '-9223372036854775808'])(
    '%s stays exact, as text',
    async (employees) => {
      const codec = (await setup()).codecs.changes('accounts');
      expect(codec.decode(codec.encode(withValues({ employees }))).change.values).toEqual({ employees });
    },
  );
  it('beyond 64 bits are refused', async () => {
    const codec = (await setup()).codecs.changes('accounts');
    expect(() => codec.encode(withValues({ employees: '9223372036854775808' }))).toThrow(/values\.employees/);
  });
  it('a sequence beyond 2^53 is refused instead of rounded', async () => {
    const codec = (await setup()).codecs.outcomes;
    expect(() =>
      codec.encode({ ...samples.outcome, outcomes: [{ ...samples.outcome.outcomes[0]!, sequence: 2 ** 53 }] }),
    ).toThrow(/sequence/);
  });
});

it('keeps NaN and infinities as text', async () => {
  const codec = (await setup()).codecs.changes('accounts');
  for (const rating of ['NaN', 'Infinity', '-Infinity']) {
    expect(codec.decode(codec.encode(withValues({ rating }))).change.values).toEqual({ rating });
  }
});

describe('what cannot be encoded', () => {
  it('is named by field, without its value', async () => {
    const codec = (await setup()).codecs.changes('accounts');
    const encode = () => codec.encode(withValues({ active: 'secret' }));
    expect(encode).toThrow(
      expect.objectContaining({ code: 'contract.unencodable', reaction: 'park', cause: undefined }),
    );
    expect(encode).toThrow(/values\.active/);
    expect(encode).not.toThrow(/secret/);
  });
  it('unknown fields, entities and systems have codes of their own', async () => {
    const { codecs } = await setup();
    const changes = codecs.changes('accounts');
    expect(() => changes.encode(withValues({ nope: 1 }))).toThrow(/"nope"/);
    expect(() => codecs.changes('orders')).toThrow(expect.objectContaining({ code: 'contract.unknown_entity' }));
    expect(() => codecs.commands('salesforce').encode({ ...samples.command, entity: 'orders' })).toThrow(/orders/);
  });
});

it('commands of several entities share a topic', async () => {
  const other: EntityPlan = { ...samplePlan, entity: 'contacts', fields: samplePlan.fields.slice(0, 3) };
  const codecs = await createCodecs(createMemoryRegistry(), [samplePlan, other]);
  const codec = codecs.commands('salesforce');
  const contact = { ...samples.command, entity: 'contacts' };
  expect(codec.decode(codec.encode(contact))).toEqual(contact);
  expect(codec.decode(codec.encode(samples.command))).toEqual(samples.command);
});

it('publishes each schema under its subject and demands full compatibility', async () => {
  const subjects: string[] = [];
  const registry = createMemoryRegistry();
  await publishSchemas(
    { ...registry, setCompatibility: async (subject, level) => void subjects.push(`${level} ${subject}`) },
    [samplePlan],
  );
  expect(subjects.toSorted()).toEqual([
    'FULL_TRANSITIVE audit-value',
    'FULL_TRANSITIVE changes.accounts-value',
    'FULL_TRANSITIVE commands.postgres-concord.commands.v1.accounts.ApplyChanges',
    'FULL_TRANSITIVE commands.salesforce-concord.commands.v1.accounts.ApplyChanges',
    'FULL_TRANSITIVE conflicts-value',
    'FULL_TRANSITIVE outcomes-value',
    'FULL_TRANSITIVE records.accounts-value',
    'FULL_TRANSITIVE resolutions-value',
  ]);
});
