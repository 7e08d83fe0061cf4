/** Event schemas by id. A schema never changes under its id, so a cached one is always right; failures are not kept. */
import { compileEventSchema, type EventSchema } from '../decode/event-schema.ts';
import type { PubSubTransport } from './transport.ts';

const SCHEMAS_MAX = 200;

export class SchemaCache {
  readonly #transport: Pick<PubSubTransport, 'schema'>;
  readonly #schemas = new Map<string, EventSchema>();

  constructor(transport: Pick<PubSubTransport, 'schema'>) {
    this.#transport = transport;
  }

  async get(schemaId: string): Promise<EventSchema> {
    const cached = this.#schemas.get(schemaId);
    if (cached !== undefined) return cached;
    const schema = compileEventSchema(schemaId, await this.#transport.schema(schemaId));
    const oldest = this.#schemas.keys().next();
    if (this.#schemas.size >= SCHEMAS_MAX && oldest.done !== true) this.#schemas.delete(oldest.value);
    this.#schemas.set(schemaId, schema);
    return schema;
  }
}
