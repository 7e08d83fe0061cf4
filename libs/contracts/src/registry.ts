/**
 * The schema registry as this library needs it, and its Confluent-compatible HTTP form. (Apicurio serves other ids on its
 * own endpoints: use the one under /apis/ccompat/v7 and nothing else.)
 *
 * Subjects: `<topic>-value` where a topic holds one kind of record, as every console assumes; `commands.<system>` holds the
 * commands of several entities, so there it is `<topic>-<full record name>`.
 */
import type { AvroRecord } from './avro-schema.ts';
import { createRegistryRequest, type RegistryOptions } from './registry-request.ts';

export interface SchemaRegistry {
  /** Returns the id of the schema under the subject, registering it when it is new there. */
  register(subject: string, schema: AvroRecord): Promise<number>;
  /** The schema as parsed JSON, or null when the registry has none of that id. */
  byId(id: number): Promise<unknown>;
  setCompatibility(subject: string, level: Compatibility): Promise<void>;
}

/** FULL_TRANSITIVE: every version reads every other, which a topic that is replayed from its beginning needs. */
type Compatibility = 'FULL_TRANSITIVE' | 'BACKWARD' | 'NONE';

export function createSchemaRegistry(options: RegistryOptions): SchemaRegistry {
  const request = createRegistryRequest(options);
  const ids = new Cache<string, number>();
  const schemas = new Cache<number, unknown>();
  return {
    register: (subject, schema) => {
      const text = JSON.stringify(schema);
      return ids.get(`${subject}\n${text}`, async () => {
        const body = { schemaType: 'AVRO', schema: text };
        const answer = await request('POST', `/subjects/${encodeURIComponent(subject)}/versions`, body);
        return (answer as { id: number }).id;
      });
    },
    byId: (id) =>
      schemas.get(id, async () => {
        const answer = (await request('GET', `/schemas/ids/${id}`)) as { schema: string } | null;
        return answer === null ? null : (JSON.parse(answer.schema) as unknown);
      }),
    setCompatibility: async (subject, compatibility) => {
      await request('PUT', `/config/${encodeURIComponent(subject)}`, { compatibility });
    },
  };
}

/** Remembers answers, and shares one request among all who ask meanwhile. Failures and "none" are asked again. */
class Cache<Key, Answer> {
  readonly #answers = new Map<Key, Promise<Answer>>();

  get(key: Key, ask: () => Promise<Answer>): Promise<Answer> {
    const known = this.#answers.get(key);
    if (known !== undefined) return known;
    const answer = ask();
    this.#answers.set(key, answer);
    const forget = () => this.#answers.delete(key);
    answer.then((value) => value === null && forget(), forget);
    return answer;
  }
}

/** A registry in memory, for tests of whatever speaks Avro. */
export function createMemoryRegistry(): SchemaRegistry {
  const schemas: string[] = [];
  return {
    register: async (_subject, schema) => {
      const text = JSON.stringify(schema);
      const index = schemas.indexOf(text);
      return index === -1 ? schemas.push(text) : index + 1;
    },
    byId: async (id) => {
      const text = schemas[id - 1];
      return text === undefined ? null : (JSON.parse(text) as unknown);
    },
    setCompatibility: async () => {},
  };
}
