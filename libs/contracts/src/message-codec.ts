/**
 * Messages to framed Avro and back, synchronously. What needs the registry happens apart: a shape's own schema is registered
 * when the codec is made, and `prepare` fetches the schemas of a batch that are not known yet, once per poll.
 *
 * A value is always read with the schema it was written with, resolved to today's. Field values never appear in errors.
 */
import type avro from 'avsc';
import { fullNameOf, isAvroRecord, messageType, type AvroRecord } from './avro-schema.ts';
import { ContractError, type MessagePlace } from './errors.ts';
import { headerLength, peekSchemaId, writeHeader } from './framing.ts';
import type { SchemaRegistry } from './registry.ts';
import type { Layout } from './values-shape.ts';

/** One record schema, and what stands for its wire form in the program. */
export type Shape<Message> = {
  readonly schema: AvroRecord;
  /** Gives the wire form, good until `release`, which is always called after encoding. */
  toWire(message: Message): object;
  release(): void;
  fromWire(wire: never, layout: Layout): Message;
  layoutOf(writer: AvroRecord): Layout;
};

export type Codec<Message> = {
  readonly topic: string;
  encode(message: Message): Buffer;
  /** To be awaited once per batch, before its values are decoded. */
  prepare(batch: Iterable<{ readonly value: Uint8Array | null }>): Promise<void>;
  decode(value: Buffer, partition?: number, offset?: string | number): Message;
};

export type RegisteredShape<Message> = {
  readonly id: number;
  readonly type: avro.Type;
  readonly shape: Shape<Message>;
};

type Decoder<Message> = (value: Buffer) => Message;

export async function registerShape<Message>(
  registry: SchemaRegistry,
  subject: string,
  shape: Shape<Message>,
): Promise<RegisteredShape<Message>> {
  return { id: await registry.register(subject, shape.schema), type: messageType(shape.schema), shape };
}

export class MessageCodec<Message> implements Codec<Message> {
  readonly topic: string;
  readonly #registry: SchemaRegistry;
  readonly #choose: (message: Message) => RegisteredShape<Message>;
  readonly #shapes: ReadonlyMap<string, RegisteredShape<Message>>;
  readonly #decoders = new Map<number, Decoder<Message>>();

  constructor(
    topic: string,
    registry: SchemaRegistry,
    shapes: readonly RegisteredShape<Message>[],
    choose: (message: Message) => RegisteredShape<Message>,
  ) {
    this.topic = topic;
    this.#registry = registry;
    this.#choose = choose;
    this.#shapes = new Map(shapes.map((registered) => [fullNameOf(registered.shape.schema), registered]));
    for (const registered of shapes) this.#decoders.set(registered.id, decoderOf(registered, null));
  }

  encode(message: Message): Buffer {
    const { id, type, shape } = this.#choose(message);
    try {
      return encodeFramed(type, id, shape.toWire(message));
    } catch (error) {
      if (error instanceof ContractError) throw error;
      throw unencodable(this.topic, type, shape.toWire(message));
    } finally {
      shape.release();
    }
  }

  async prepare(batch: Iterable<{ readonly value: Uint8Array | null }>): Promise<void> {
    let unknown: Set<number> | null = null;
    for (const { value } of batch) {
      const id = value === null ? null : peekSchemaId(value);
      if (id !== null && !this.#decoders.has(id)) (unknown ??= new Set()).add(id);
    }
    if (unknown !== null) await Promise.all([...unknown].map((id) => this.#load(id)));
  }

  decode(value: Buffer, partition?: number, offset?: string | number): Message {
    const id = peekSchemaId(value);
    const decoder = id === null ? undefined : this.#decoders.get(id);
    try {
      if (decoder !== undefined) return decoder(value);
    } catch (error) {
      throw this.#undecodable(error, partition, offset);
    }
    const place = this.#place(partition, offset);
    if (id === null) throw new ContractError('contract.malformed', 'A value is not framed Avro', { place });
    throw new ContractError('contract.unknown_schema', `Schema id ${id} is not in the registry`, { place });
  }

  async #load(id: number): Promise<void> {
    const schema = await this.#registry.byId(id);
    if (schema !== null) this.#decoders.set(id, this.#resolve(id, schema));
  }

  /** A schema that cannot be resolved gets a decoder that says so, for each message that was written with it. */
  #resolve(id: number, schema: unknown): Decoder<Message> {
    const name = isAvroRecord(schema) ? fullNameOf(schema) : 'a type that is no record';
    const registered = this.#shapes.get(name);
    try {
      if (registered !== undefined && isAvroRecord(schema)) return decoderOf(registered, schema);
    } catch (cause) {
      const error = new ContractError('contract.incompatible_schema', `Schema id ${id} cannot be read`, { cause });
      return () => raise(error);
    }
    const error = new ContractError('contract.unknown_entity', `Schema id ${id} is ${name}, which has no plan`);
    return () => raise(error);
  }

  #undecodable(error: unknown, partition?: number, offset?: string | number): ContractError {
    const options = { place: this.#place(partition, offset), cause: error };
    if (error instanceof ContractError) return new ContractError(error.code, error.message, options);
    return new ContractError('contract.malformed', 'A value does not follow its schema', options);
  }

  #place(partition?: number, offset?: string | number): MessagePlace {
    return {
      topic: this.topic,
      ...(partition === undefined ? {} : { partition }),
      ...(offset === undefined ? {} : { offset }),
    };
  }
}

function raise(error: Error): never {
  throw error;
}

/** `writer` is null for the shape's own schema, which needs no resolution. */
function decoderOf<Message>(registered: RegisteredShape<Message>, writer: AvroRecord | null): Decoder<Message> {
  const { type: reader, shape } = registered;
  const layout = shape.layoutOf(writer ?? shape.schema);
  const resolver = writer ? reader.createResolver(messageType(writer)) : undefined;
  return (value) => {
    const { value: wire, offset } = reader.decode(value, headerLength, resolver);
    if (offset !== value.length) throw new Error(offset < 0 ? 'the value is truncated' : 'bytes follow the value');
    return shape.fromWire(wire as never, layout);
  };
}

/** Encoding goes through one buffer, which grows to what is needed; results are copies of their exact length. */
let scratch = Buffer.allocUnsafeSlow(64 * 1024);
const scratchLengthMax = 1024 * 1024;

function encodeFramed(type: avro.Type, id: number, wire: object): Buffer {
  let buffer = scratch;
  let end = type.encode(wire, buffer, headerLength);
  if (end < 0) {
    buffer = Buffer.allocUnsafeSlow(2 * (buffer.length - end));
    end = type.encode(wire, buffer, headerLength);
    if (buffer.length <= scratchLengthMax) scratch = buffer;
  }
  writeHeader(buffer, id);
  const value = Buffer.allocUnsafe(end);
  buffer.copy(value, 0, 0, end);
  return value;
}

/** avsc quotes the offending value; ours names only the field, and drops the cause for the same reason. */
function unencodable(topic: string, type: avro.Type, wire: object): ContractError {
  const paths: string[] = [];
  type.isValid(wire, {
    errorHook: (path, _value, expected) => paths.push(`${path.join('.')} (not ${String(expected)})`),
  });
  const what = paths.length === 0 ? 'a field' : paths.join(', ');
  return new ContractError('contract.unencodable', `A message cannot be encoded: ${what}`, { place: { topic } });
}
