/**
 * The last step of every ingester: facts of a source become messages on `changes.<entity>`, keyed by record id.
 *
 * `publish` resolves when Kafka holds all of them. It is safe to publish the same facts again (after a crash, a lost reply):
 * positions tell the resolver what it has seen. Facts keep their order per record, since one record is one key.
 */
import type { SourceFact } from '@concord/connector-kit';
import { createHeaderBuilder, topics, type Codec, type ChangeMessage, type KafkaHeaders } from '@concord/contracts';

/** What is asked of the store: record ids for native ids, in the order of the requests. */
export interface IdentityResolver {
  resolve(
    requests: readonly {
      readonly system: string;
      readonly nativeId: string;
      readonly entity: string;
      readonly recordId: string | null;
      readonly links: SourceFact['links'];
    }[],
  ): Promise<readonly string[]>;
}

/** What is asked of Kafka. */
export interface MessageProducer {
  send(messages: { topic: string; key: string; value: Buffer; headers: KafkaHeaders }[]): Promise<void>;
}

export type FactPublisher = { publish(facts: readonly SourceFact[]): Promise<void> };

export type FactPublisherParts = {
  readonly identities: IdentityResolver;
  readonly codecs: { changes(entity: string): Codec<ChangeMessage> };
  readonly producer: MessageProducer;
};

export function createFactPublisher({ identities, codecs, producer }: FactPublisherParts): FactPublisher {
  const headersByEntity = new Map<string, ReturnType<typeof createHeaderBuilder>>();
  const headersOf = (entity: string, system: string): ReturnType<typeof createHeaderBuilder> => {
    const key = `${entity}/${system}`;
    let builder = headersByEntity.get(key);
    if (builder === undefined) {
      builder = createHeaderBuilder({ type: 'concord.changes.v1.ChangeEvent', source: `/systems/${system}` });
      headersByEntity.set(key, builder);
    }
    return builder;
  };
  return {
    publish: async (facts) => {
      if (facts.length === 0) return;
      const unknown = facts.filter((fact) => !isIdentified(fact));
      const recordIds = await identities.resolve(unknown.map(requestOf));
      let next = 0;
      const messages = facts.map((fact) => {
        const { entity, change, before } = fact;
        const key = isIdentified(fact) ? fact.recordId : (recordIds[next++] as string);
        // Rows read outside the stream may have no position; then the record and the moment of reading tell them apart.
        const id = `${change.system}/${entity}/${change.nativeId}/${change.position || change.at}`;
        return {
          topic: topics.changes(entity),
          key,
          value: codecs.changes(entity).encode({ change, before }),
          headers: headersOf(entity, change.system)({ id, timeMs: change.at, subject: key }),
        };
      });
      await producer.send(messages);
    },
  };
}

function isIdentified(fact: SourceFact): fact is SourceFact & { recordId: string } {
  return fact.isIdentified === true && fact.recordId !== null && fact.links.length === 0;
}

function requestOf({
  entity,
  change,
  recordId,
  links,
}: SourceFact): Parameters<IdentityResolver['resolve']>[0][number] {
  return { system: change.system, nativeId: change.nativeId, entity, recordId, links };
}
