import { readFileSync, readdirSync } from 'node:fs';
import { expect, it } from 'vitest';
import { publishedSchemas } from './published-schemas.ts';

const folder = new URL('../../../schemas/config/', import.meta.url);

/** When this fails, run libs/config/scripts/publish-schemas.ts and look at what changed for people's editors. */
it('the schemas in schemas/config are those of the shapes', () => {
  const schemas = publishedSchemas();
  expect(readdirSync(folder).toSorted()).toEqual([...schemas.keys()].toSorted());
  for (const [name, text] of schemas) {
    expect(JSON.parse(readFileSync(new URL(name, folder), 'utf8'))).toEqual(JSON.parse(text));
  }
});
