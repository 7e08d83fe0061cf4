/**
 * Messages per second and core of the hot codecs, for a small change of a wide entity. Run it alone on the machine:
 *   node libs/contracts/bench/codecs.ts
 */
import type { Codec } from '../src/message-codec.ts';
import { createCodecs, createHeaderBuilder, createMemoryRegistry, type EntityPlan } from '../src/index.ts';
import { samplePlan, samples } from '../src/sample.ts';

const count = 200_000;

function measure(name: string, work: () => unknown): void {
  for (let index = 0; index < count / 4; index += 1) work();
  const start = process.cpuUsage();
  for (let index = 0; index < count; index += 1) work();
  const used = process.cpuUsage(start);
  const perSecond = count / ((used.user + used.system) / 1e6);
  console.log(`${name.padEnd(32)} ${Math.round(perSecond / 1000)}k/s`);
}

async function both<Message>(name: string, codec: Codec<Message>, message: Message): Promise<void> {
  const value = codec.encode(message);
  await codec.prepare([{ value }]);
  measure(`${name} encode (${value.length} B)`, () => codec.encode(message));
  measure(`${name} decode`, () => codec.decode(value, 0, '1'));
}

const wide: EntityPlan = {
  ...samplePlan,
  entity: 'wide',
  fields: [
    ...samplePlan.fields,
    ...Array.from({ length: 40 }, (_, index) => ({ ...samplePlan.fields[0]!, name: `extra_${index}` })),
  ],
};
const codecs = await createCodecs(createMemoryRegistry(), [samplePlan, wide]);
await both('change, 10 fields', codecs.changes('accounts'), samples.change);
await both('change, 50 fields', codecs.changes('wide'), samples.change);
await both('command, 50 fields', codecs.commands('postgres'), { ...samples.command, entity: 'wide' });
await both('record, 10 fields', codecs.records('accounts'), samples.record);
await both('outcome', codecs.outcomes, samples.outcome);
await both('audit', codecs.audit, samples.audit);

const headersOf = createHeaderBuilder({ type: 'concord.changes.v1.ChangeEvent', source: '/systems/postgres' });
let timeMs = 1_790_000_000_000;
measure('headers', () => headersOf({ id: 'x', timeMs: timeMs++, subject: 'y', sequence: 1 }));
