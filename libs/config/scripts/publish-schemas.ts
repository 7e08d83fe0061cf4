// Writes schemas/config/*.schema.json. Run it after a change of the shapes; a test demands that they are equal.
import { writeFileSync } from 'node:fs';
import { publishedSchemas } from '../src/published-schemas.ts';

for (const [name, text] of publishedSchemas()) {
  writeFileSync(new URL(`../../../schemas/config/${name}`, import.meta.url), text);
}
