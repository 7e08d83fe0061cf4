/**
 * A change event's Avro schema, compiled, with its fields under the names that REST uses. Compound fields arrive as nested
 * records with short child names (`BillingAddress.Street`) and are flat in REST (`BillingStreet`).
 */
import avro from 'avsc';

type PlainField = { readonly kind: 'plain'; readonly name: string };
export type CompoundField = {
  readonly kind: 'compound';
  readonly name: string;
  /** Child names as in the event, and the REST name of each. */
  readonly children: readonly { readonly name: string; readonly restName: string }[];
  /** REST fields which Salesforce computes from the children and which the event does not carry (a person's full name). */
  readonly derived: readonly string[];
};
type EventField = { readonly kind: 'header'; readonly name: string } | PlainField | CompoundField;

export type EventSchema = {
  readonly id: string;
  readonly fields: readonly EventField[];
  decode(payload: Buffer): Record<string, unknown>;
  /** Only the header: the first field, readable even when the rest of the payload is not. */
  decodeHeader(payload: Buffer): unknown;
};

/** All longs as bigint: commit numbers exceed what a double holds exactly. */
// oxlint-disable-next-line no-underscore-dangle -- this is what avsc calls it
const bigintType = avro.types.LongType.__with({
  fromBuffer: (buffer: Buffer) => buffer.readBigInt64LE(),
  toBuffer: (value: bigint) => {
    const buffer = Buffer.alloc(8);
    buffer.writeBigInt64LE(value);
    return buffer;
  },
  fromJSON: BigInt,
  toJSON: Number,
  isValid: (value: unknown) => typeof value === 'bigint',
  compare: (a: bigint, b: bigint) => (a < b ? -1 : a > b ? 1 : 0),
});

export function compileEventSchema(id: string, schemaJson: string): EventSchema {
  const schema = JSON.parse(schemaJson) as avro.Schema;
  const type = avro.Type.forSchema(schema, { registry: { long: bigintType } }) as avro.types.RecordType;
  const header = type.fields[0];
  if (header === undefined) throw new Error(`event schema ${id} has no fields`);
  return {
    id,
    fields: type.fields.map((field, index) => fieldOf(field, index)),
    decode: (payload) => type.fromBuffer(payload) as Record<string, unknown>,
    decodeHeader: (payload) => {
      const { value, offset } = header.type.decode(payload, 0);
      if (offset < 0) throw new Error('the event header is cut off');
      return value;
    },
  };
}

function fieldOf({ name, type }: avro.types.Field, index: number): EventField {
  if (index === 0) return { kind: 'header', name };
  const record = branches(type).find((branch) => branch instanceof avro.types.RecordType);
  if (record === undefined) return { kind: 'plain', name };
  const children = record.fields.map((child) => child.name);
  const isPersonName = children.includes('FirstName') || children.includes('LastName');
  return {
    kind: 'compound',
    name,
    children: children.map((child) => ({ name: child, restName: isPersonName ? child : restNameOf(name, child) })),
    derived: isPersonName ? [name] : [],
  };
}

function branches(type: avro.Type): readonly avro.Type[] {
  return type instanceof avro.types.UnwrappedUnionType || type instanceof avro.types.WrappedUnionType
    ? [...type.types]
    : [type];
}

/** BillingAddress.City → BillingCity; Place__c.Latitude → Place__Latitude__s. */
function restNameOf(field: string, child: string): string {
  if (field.endsWith('__c')) return `${field.slice(0, -'__c'.length)}__${child}__s`;
  return field.replace(/Address$/, '') + child;
}
