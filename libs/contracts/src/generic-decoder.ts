/**
 * Decodes any framed Avro value by the schema it was written with, to plain objects in which every long is a BigInt (log
 * positions and nanoseconds exceed 2^53). For raw Debezium records, whose schemas are not ours.
 */
import avro from 'avsc';
import { boundedType } from './avro-bounds.ts';
import { bigLong } from './avro-longs.ts';
import { ContractError, type MessagePlace } from './errors.ts';
import { headerLength, peekSchemaId } from './framing.ts';
import type { SchemaRegistry } from './registry.ts';

export type GenericDecoder = {
  /** To be awaited once per batch, before its keys and values are decoded. */
  prepare(batch: Iterable<{ readonly key: Uint8Array | null; readonly value: Uint8Array | null }>): Promise<void>;
  /** Null for a null key or value. Throws a ContractError that names the place. */
  decode(value: Buffer | null, partition?: number, offset?: string | number): unknown;
  /** Id of the schema a value was written with: equal ids mean an equal form. */
  schemaId(value: Uint8Array): number | null;
};

export function createGenericDecoder(registry: SchemaRegistry, topic: string): GenericDecoder {
  const types = new Map<number, avro.Type>();

  async function load(id: number): Promise<void> {
    const schema = await registry.byId(id);
    if (schema !== null) types.set(id, genericType(schema));
  }

  return {
    schemaId: peekSchemaId,
    async prepare(batch) {
      const unknown = new Set<number>();
      for (const { key, value } of batch) {
        for (const part of [key, value]) {
          const id = part === null ? null : peekSchemaId(part);
          if (id !== null && !types.has(id)) unknown.add(id);
        }
      }
      if (unknown.size > 0) await Promise.all([...unknown].map(load));
    },
    decode(value, partition, offset) {
      if (value === null) return null;
      const id = peekSchemaId(value);
      const type = id === null ? undefined : types.get(id);
      if (type !== undefined) return read(type, value, () => placeOf(topic, partition, offset));
      const place = placeOf(topic, partition, offset);
      if (id === null) throw new ContractError('contract.malformed', 'A value is not framed Avro', { place });
      throw new ContractError('contract.unknown_schema', `Schema id ${id} is not in the registry`, { place });
    },
  };
}

function genericType(schema: unknown): avro.Type {
  return avro.Type.forSchema(schema as avro.Schema, {
    omitRecordMethods: true,
    registry: { long: bigLong },
    typeHook: (part, options) => (isAnnotatedLong(part) ? bigLong : boundedType(part, options)),
  });
}

/** `{type: 'long', …}` with properties of Connect's own is a definition to avsc, not the name that the registry maps. */
function isAnnotatedLong(part: unknown): boolean {
  return typeof part === 'object' && part !== null && 'type' in part && part.type === 'long';
}

function read(type: avro.Type, value: Buffer, place: () => MessagePlace): unknown {
  try {
    const { value: decoded, offset } = type.decode(value, headerLength);
    if (offset === value.length) return decoded;
    throw new Error(offset < 0 ? 'the value is truncated' : 'bytes follow the value');
  } catch (cause) {
    throw new ContractError('contract.malformed', 'A value does not follow its schema', { place: place(), cause });
  }
}

function placeOf(topic: string, partition?: number, offset?: string | number): MessagePlace {
  return {
    topic,
    ...(partition === undefined ? {} : { partition }),
    ...(offset === undefined ? {} : { offset }),
  };
}
