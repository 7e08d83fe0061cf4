/** The real registry: its ids and answers, and what it says to a schema that old readers could not read. */
import { randomBytes } from 'node:crypto';
import { afterAll, describe, expect, it } from 'vitest';
import { createCodecs, publishSchemas } from './codecs.ts';
import { createSchemaRegistry } from './registry.ts';
import { topics } from './topics.ts';
import { samplePlan, samples } from './sample.ts';
import type { EntityPlan } from './plan.ts';

const url = process.env['CONCORD_TEST_REGISTRY'];

describe.skipIf(url === undefined)('a real registry (needs CONCORD_TEST_REGISTRY)', () => {
  const registry = createSchemaRegistry({ url: url ?? 'http://unset', attemptsMax: 1 });
  const plan: EntityPlan = { ...samplePlan, entity: `t${randomBytes(4).toString('hex')}` };

  // The registry may be shared with others who are about to change these schemas.
  afterAll(async () => {
    for (const topic of [topics.outcomes, topics.conflicts, topics.audit]) {
      await registry.setCompatibility(`${topic}-value`, 'NONE');
    }
  });

  it('serves what was registered, under the same id, to another process', async () => {
    const codecs = await createCodecs(registry, [plan]);
    const grown = { ...plan, fields: [...plan.fields, { ...plan.fields[0]!, name: 'added' }] };
    const value = codecs.changes(plan.entity).encode(samples.change);
    const reader = (await createCodecs(createSchemaRegistry({ url: url ?? '' }), [grown])).changes(plan.entity);
    await reader.prepare([{ value }]);
    expect(reader.decode(value)).toEqual(samples.change);
  });

  it('refuses a field that changed its type once the schemas are published', async () => {
    await publishSchemas(registry, [plan]);
    const changed = plan.fields.map((field) =>
      field.name === 'employees' ? { ...field, type: { kind: 'boolean' } as const } : field,
    );
    await expect(createCodecs(registry, [{ ...plan, fields: changed }])).rejects.toMatchObject({
      code: 'registry.incompatible',
    });
  });

  it('has no schema of an id that was never given', async () => {
    expect(await registry.byId(2_000_000_000)).toBeNull();
  });
});
