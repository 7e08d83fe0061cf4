/** Puts the ingester together: one raw topic, one consumer and one normalizer per database that the plans name. */
import {
  createConsumerWorker,
  openServiceBase,
  type NamedConsumer,
  type ServiceBase,
  type ServiceContext,
  type Worker,
} from '@concord/assembly';
import { PostgresNormalizer } from '@concord/connector-postgres';
import { consumerGroups, createGenericDecoder, topics } from '@concord/contracts';
import { createFactPublisher } from '@concord/ingest';
import { createConsumer } from '@concord/kafka';
import { onPublished } from './metrics.ts';
import { RawIngester } from './raw-ingester.ts';

const MESSAGES_PER_POLL_MAX = 4_000;

export async function buildIngester(context: ServiceContext): Promise<Worker> {
  const base = await openServiceBase('ingest-postgres', context);
  return createConsumerWorker(
    databasesOf(base).map((system) => consumerOf(system, base)),
    context,
    base.close,
  );
}

/** Postgres systems whose changes flow: a pure target is not captured. */
function databasesOf({ plans }: ServiceBase): string[] {
  const systems = plans.flatMap((plan) => Object.entries(plan.systems));
  const captured = systems.filter(([, system]) => system.type === 'postgres' && isCaptured(system));
  return [...new Set(captured.map(([name]) => name))];
}

function isCaptured(system: ServiceBase['plans'][number]['systems'][string]): boolean {
  return system.readExistence || Object.values(system.fields).some(({ read }) => read);
}

function consumerOf(
  system: string,
  { kafka, registry, plans, codecs, producer, store, deadLetters, metrics }: ServiceBase,
): NamedConsumer {
  const topic = topics.cdc(system);
  const groupId = consumerGroups.ingestPostgres(system);
  const ingester = new RawIngester({
    topic,
    decoder: createGenericDecoder(registry, topic),
    createNormalizer: () => new PostgresNormalizer({ system, plans }),
    publisher: createFactPublisher({ identities: store.identities, codecs, producer }),
    deadLetters,
    onPublished: (normalized) => onPublished(metrics, system, normalized),
  });
  return {
    name: groupId,
    messagesMax: MESSAGES_PER_POLL_MAX,
    createConsumer: () => {
      ingester.restart();
      return createConsumer({
        ...kafka,
        groupId,
        topics: [topic],
        fromBeginning: true,
        onRevoked: async () => ingester.restart(),
      });
    },
    handle: (batch, consumer) => ingester.handle(batch, consumer),
  };
}
