import { expect, it } from 'vitest';
import { createHeaderBuilder, parseHeaders } from './cloud-events.ts';
import { avroFieldNames } from './entity-schema.ts';
import { rulesOf } from './plan.ts';
import { samplePlan } from './sample.ts';
import { topics, topicsOf } from './topics.ts';

it('every topic of an installation is created with the partitions it needs', () => {
  const specs = topicsOf({ entities: ['accounts'], systems: ['postgres', 'salesforce'], databases: ['postgres'] }, 4);
  expect(
    specs.filter(({ topic }) => !topic.endsWith('.dlq')).map((spec) => `${spec.topic} ${spec.partitions}`),
  ).toEqual([
    'cdc.postgres 1',
    'changes.accounts 4',
    'records.accounts 4',
    'commands.postgres 4',
    'commands.salesforce 4',
    'outcomes 4',
    'resolutions 4',
    'conflicts 4',
    'audit 4',
  ]);
  expect(new Set(specs.map(({ topic }) => topic)).size).toBe(specs.length);
});

it('a name that Kafka or the dots do not allow is refused', () => {
  expect(() => topics.changes('a.b')).toThrow(expect.objectContaining({ code: 'contract.bad_name' }));
  expect(() => topics.commands('größe')).toThrow(/größe/);
});

it('field names become distinct Avro names', () => {
  expect(avroFieldNames(['a b', 'a_b', '1st', 'größe'])).toEqual(['a_b', 'a_b_2', '_1st', 'gr__e']);
});

it('rules keep no native names', () => {
  const rules = rulesOf({
    ...samplePlan,
    systems: {
      postgres: {
        ...samplePlan.systems['postgres']!,
        fields: {
          name: {
            type: { kind: 'string' },
            read: true,
            write: false,
            targetEdit: 'kept',
            native: 'name',
            nativeType: 'text',
          },
        },
      },
    },
  });
  expect(rules.systems['postgres']).toEqual({
    fields: { name: { type: { kind: 'string' }, read: true, write: false, targetEdit: 'kept' } },
    deletesMarked: true,
    readExistence: true,
    writeExistence: true,
  });
  expect(Object.keys(rules.fields)).toEqual(samplePlan.fields.map(({ name }) => name));
});

it('event headers come back as they were, and nonsense reads as null', () => {
  const build = createHeaderBuilder({ type: 'concord.changes.v1.ChangeEvent', source: '/systems/postgres' });
  const attributes = {
    id: 'postgres/1',
    timeMs: 1_790_000_000_123,
    subject: 'r',
    sequence: 4,
    traceParent: '00-a-b-01',
  };
  expect(parseHeaders(build(attributes))).toEqual({
    type: 'concord.changes.v1.ChangeEvent',
    source: '/systems/postgres',
    ...attributes,
  });
  expect(build({ id: 'x', timeMs: 0, subject: 'r' })).not.toHaveProperty('traceparent');
  expect(parseHeaders({ ce_time: 'soon', ce_sequence: 'many' })).toMatchObject({ timeMs: null, sequence: null });
  expect(parseHeaders(undefined).id).toBeNull();
});
