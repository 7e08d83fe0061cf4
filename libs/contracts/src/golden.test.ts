/**
 * The wire stays readable: every golden sample of every released version is decoded with today's reader, and each schema is
 * hashed, so that no change of the wire passes unseen.
 *
 * When a hash differs, you have changed the wire. To evolve it: add a field with a default, at the end; never rename, drop
 * or retype one (every reader must read every writer, FULL_TRANSITIVE). Then run `node tools/codegen/src/main.ts`, add
 * samples with `node libs/contracts/golden/write.ts <next version>`, leave the old ones alone, and take over the new hash.
 * A change that cannot be made so is a new major: a new schema namespace and a new topic with the suffix `.v2`.
 */
import { createHash } from 'node:crypto';
import { readdirSync, readFileSync } from 'node:fs';
import { expect, it } from 'vitest';
import { fullNameOf, type AvroRecord } from './avro-schema.ts';
import { createCodecs } from './codecs.ts';
import { writeHeader } from './framing.ts';
import type { Codec } from './message-codec.ts';
import { createMemoryRegistry } from './registry.ts';
import { samplePlan } from './sample.ts';

const folder = new URL('../../../schemas/', import.meta.url);
const golden = new URL('golden/', folder);
const registry = createMemoryRegistry();
const codecs = await createCodecs(registry, [samplePlan]);
const readers: Record<string, Codec<unknown>> = {
  'change-event': codecs.changes('accounts'),
  'record-change': codecs.records('accounts'),
  command: codecs.commands('salesforce'),
  outcome: codecs.outcomes,
  resolution: codecs.resolutions,
  conflict: codecs.conflicts,
  audit: codecs.audit,
};
const names = readdirSync(folder)
  .filter((file) => file.endsWith('.avsc'))
  .map((file) => file.replace('.avsc', ''));

it('every message has a reader and a golden sample', () => {
  expect(Object.keys(readers).toSorted()).toEqual(names.toSorted());
  expect(readdirSync(golden).toSorted()).toEqual(names.toSorted());
});

const released = names.flatMap((name) =>
  readdirSync(new URL(`${name}/`, golden))
    .filter((file) => file.endsWith('.bin'))
    .map((file) => ({ name, version: file.replace('.bin', '') })),
);

it.each(released)('$name of version $version is read by today’s reader', async ({ name, version }) => {
  const sample = JSON.parse(readFileSync(new URL(`${name}/${version}.json`, golden), 'utf8')) as {
    schema: AvroRecord;
    message: unknown;
  };
  const value = readFileSync(new URL(`${name}/${version}.bin`, golden));
  writeHeader(value, await registry.register(`${fullNameOf(sample.schema)}@${version}`, sample.schema));
  const codec = readers[name]!;
  await codec.prepare([{ value }]);
  expect(codec.decode(value)).toEqual(sample.message);
});

it('no schema has changed unseen', () => {
  const hashes = names.map((name) => {
    const schema: unknown = JSON.parse(readFileSync(new URL(`${name}.avsc`, folder), 'utf8'));
    return `${name} ${createHash('sha256').update(JSON.stringify(schema)).digest('hex').slice(0, 16)}`;
  });
  expect(hashes).toMatchInlineSnapshot(`
    [
      "audit 30421971fff7ae28",
      "change-event 4b0a5f5b631ee1db",
      "command 4ca30cc36f2a166a",
      "conflict 02ccdbb74dafb1ae",
      "outcome d6fe6e1584ea5043",
      "record-change bedb121b2234711d",
      "resolution 8b7c899296e6c066",
    ]
  `);
});
