/**
 * avsc believes the item count that a message states. A garbled one can state 2^40 items and keep the process busy for
 * hours, so arrays and maps check that the rest of the message could hold that many. This reaches into avsc's reader
 * (`_read`, the tap), which is why avsc is pinned to one version; the test "a garbled message cannot …" watches over it.
 */
/* oxlint-disable no-underscore-dangle -- avsc spells these names so. */
import avro from 'avsc';

type Tap = { pos: number; buf: Uint8Array; readLong(): number; skipLong(): void; readString(): string };
type Reads<T> = { _read(tap: Tap): T };

function blockLength(tap: Tap): number {
  let count = tap.readLong();
  if (count < 0) {
    count = -count;
    tap.skipLong();
  }
  if (count > tap.buf.length - tap.pos) throw new Error('more items stated than the message can hold');
  return count;
}

// avsc has its own constructor functions, on whose prototypes the readers lie: overriding there is what `extends` gives.
class BoundedArray extends avro.types.ArrayType {
  _read(tap: Tap): unknown[] {
    const items = (this as unknown as { itemsType: Reads<unknown> }).itemsType;
    const result: unknown[] = [];
    for (let count = blockLength(tap); count > 0; count = blockLength(tap)) {
      for (let index = 0; index < count; index += 1) result.push(items._read(tap));
    }
    return result;
  }

  _skip(tap: Tap): void {
    this._read(tap);
  }
}

class BoundedMap extends avro.types.MapType {
  _read(tap: Tap): Record<string, unknown> {
    const values = (this as unknown as { valuesType: Reads<unknown> }).valuesType;
    const result: Record<string, unknown> = {};
    for (let count = blockLength(tap); count > 0; count = blockLength(tap)) {
      for (let index = 0; index < count; index += 1) result[tap.readString()] = values._read(tap);
    }
    return result;
  }

  _skip(tap: Tap): void {
    this._read(tap);
  }
}

type Options = Partial<avro.ForSchemaOptions> & { registry?: Record<string, avro.Type> };

/** For avsc's `typeHook`: the bounded form of an array or map, undefined for anything else. */
export function boundedType(schema: unknown, options: Options): avro.Type | undefined {
  if (typeof schema !== 'object' || schema === null || !('type' in schema)) return undefined;
  if (schema.type === 'array') return construct(BoundedArray, schema, options);
  if (schema.type === 'map') return construct(BoundedMap, schema, options);
  return undefined;
}

function construct(bounded: unknown, schema: object, options: Options): avro.Type {
  const Constructor = bounded as new (schema: object, options: Options) => avro.Type;
  return new Constructor(schema, options);
}
