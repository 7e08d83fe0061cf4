/** The JSON Schemas of config files, for editors: completion, descriptions and checks while typing. */
import { z } from 'zod';
import { publishedShape, publishedSystemsShape } from './shapes/document.ts';

/** File name to content, as they stand in schemas/config. */
export function publishedSchemas(): Map<string, string> {
  return new Map([
    ['config.schema.json', schemaText(publishedShape, 'Concord config')],
    ['systems.schema.json', schemaText(publishedSystemsShape, 'Concord systems')],
  ]);
}

function schemaText(shape: z.ZodType, title: string): string {
  // `reused: 'ref'` would name parts by number; written out they are longer and say what they are.
  const schema = z.toJSONSchema(shape, { io: 'input', target: 'draft-7' });
  return `${JSON.stringify({ title, ...schema }, null, 2)}\n`;
}
