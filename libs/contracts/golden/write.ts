/**
 * Adds a golden sample of every message under a new version: schemas/golden/<message>/<version>.bin with its .json (the
 * schema it was written with, and the message). Released samples are never overwritten.
 *
 *   node libs/contracts/golden/write.ts <version>
 */
import { mkdir, writeFile } from 'node:fs/promises';
import { createCodecs } from '../src/codecs.ts';
import { peekSchemaId } from '../src/framing.ts';
import { createMemoryRegistry } from '../src/registry.ts';
import { samplePlan, samples } from '../src/sample.ts';

const version = process.argv[2];
if (version === undefined || !/^\d+$/.test(version))
  throw new Error('Usage: node libs/contracts/golden/write.ts <version>');

const registry = createMemoryRegistry();
const codecs = await createCodecs(registry, [samplePlan]);
const encoded = {
  'change-event': [samples.change, codecs.changes('accounts').encode(samples.change)],
  'record-change': [samples.record, codecs.records('accounts').encode(samples.record)],
  command: [samples.command, codecs.commands('salesforce').encode(samples.command)],
  outcome: [samples.outcome, codecs.outcomes.encode(samples.outcome)],
  resolution: [samples.resolution, codecs.resolutions.encode(samples.resolution)],
  conflict: [samples.conflict, codecs.conflicts.encode(samples.conflict)],
  audit: [samples.audit, codecs.audit.encode(samples.audit)],
} as const;

for (const [name, [message, value]] of Object.entries(encoded)) {
  const folder = new URL(`../../../schemas/golden/${name}/`, import.meta.url);
  const schema = await registry.byId(peekSchemaId(value) ?? 0);
  await mkdir(folder, { recursive: true });
  await writeFile(new URL(`${version}.bin`, folder), value, { flag: 'wx' });
  await writeFile(new URL(`${version}.json`, folder), `${JSON.stringify({ schema, message }, null, 2)}\n`, {
    flag: 'wx',
  });
}
