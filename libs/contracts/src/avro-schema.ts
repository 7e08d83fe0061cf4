/** The few forms of Avro schema that our messages are made of, as plain JSON. */
import avro from 'avsc';
import { boundedType } from './avro-bounds.ts';
import { exactLong } from './avro-longs.ts';

export type AvroField = { name: string; type: unknown; doc?: string; default?: unknown };
export type AvroRecord = { type: 'record'; name: string; namespace?: string; doc?: string; fields: AvroField[] };

/** Every entity's record of field values lies in this namespace; in it, longs may exceed 2^53. */
export const entityNamespace = 'concord.entity';

export function fullNameOf(schema: AvroRecord): string {
  return schema.namespace && !schema.name.includes('.') ? `${schema.namespace}.${schema.name}` : schema.name;
}

export function isAvroRecord(schema: unknown): schema is AvroRecord {
  return typeof schema === 'object' && schema !== null && 'type' in schema && schema.type === 'record';
}

/** A type that reads and writes our messages: plain objects, exact field values, bounded arrays. */
export function messageType(schema: AvroRecord): avro.Type {
  return avro.Type.forSchema(schema as avro.Schema, {
    omitRecordMethods: true,
    typeHook(part, options) {
      if (isAvroRecord(part) && part !== (schema as unknown) && fullNameOf(part).startsWith(`${entityNamespace}.`)) {
        return valuesType(part, options.registry);
      }
      return boundedType(part, options);
    },
  });
}

/** The values record has an own registry, in which `long` is the exact one, and is then known to the message by name. */
function valuesType(schema: AvroRecord, known: Record<string, avro.Type>): avro.Type {
  const type = avro.Type.forSchema(schema as avro.Schema, {
    omitRecordMethods: true,
    registry: { long: exactLong },
  });
  known[fullNameOf(schema)] = type;
  return type;
}
