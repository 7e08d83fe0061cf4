/** The composition root: everything is made here and nowhere else. */
import {
  createConsumerWorker,
  openServiceBase,
  type NamedConsumer,
  type ServiceBase,
  type ServiceContext,
} from '@concord/assembly';
import type { PostgresSystemConfig } from '@concord/config';
import { createPool, PostgresNormalizer } from '@concord/connector-postgres';
import { consumerGroups, createGenericDecoder, topics } from '@concord/contracts';
import { createFactPublisher } from '@concord/ingest';
import { createConsumer } from '@concord/kafka';
import type { Worker } from '@concord/service';
import { CdcReader } from './cdc-reader.ts';
import { SourceWatch } from './source-watch.ts';
import { createTelemetry, type Telemetry } from './telemetry.ts';

const MESSAGES_PER_POLL_MAX = 4_000;
const POOL_CONNECTIONS_MAX = 1;

export async function buildIngester(context: ServiceContext): Promise<Worker> {
  const base = await openServiceBase('ingest-postgres', context);
  const watches: SourceWatch[] = [];
  const close = async (): Promise<void> => {
    await Promise.all(watches.map((watch) => watch.stop()));
    await base.close();
  };
  try {
    const consumers = postgresSystems(base).map((config) => {
      const { logger, metrics } = base;
      const telemetry = createTelemetry({ system: config.name, logger, metrics });
      watches.push(watchOf(config, telemetry));
      return consumerOf(config.name, base, telemetry);
    });
    const worker = createConsumerWorker(consumers, context, close);
    return {
      ...worker,
      start: async () => {
        for (const watch of watches) watch.start();
        await worker.start();
      },
    };
  } catch (error) {
    await close();
    throw error;
  }
}

/** The databases to which somebody listens. A target is read too: its stream brings the echoes of our writes. */
function postgresSystems({ installation, plans }: ServiceBase): PostgresSystemConfig[] {
  const planned = new Set(
    plans.flatMap(({ systems }) => Object.keys(systems).filter((name) => systems[name]?.captured !== false)),
  );
  return Object.values(installation.systems).filter(
    (system): system is PostgresSystemConfig => system.type === 'postgres' && planned.has(system.name),
  );
}

function watchOf(config: PostgresSystemConfig, telemetry: Telemetry): SourceWatch {
  const pool = createPool(config, { connectionsMax: POOL_CONNECTIONS_MAX, applicationName: 'concord-ingest' });
  const connectUrl = process.env['CONCORD_CONNECT_URL'] ?? null;
  return new SourceWatch({ system: config.name, pool, connectUrl, telemetry });
}

function consumerOf(system: string, base: ServiceBase, telemetry: Telemetry): NamedConsumer {
  const { plans, registry, store, codecs, producer, deadLetters, kafka } = base;
  const topic = topics.cdc(system);
  const groupId = consumerGroups.ingestPostgres(system);
  const decoder = createGenericDecoder(registry, topic);
  const publisher = createFactPublisher({ identities: store.identities, codecs, producer });
  const createReader = (): CdcReader =>
    new CdcReader({
      topic,
      decoder,
      publisher,
      deadLetters,
      createNormalizer: () => new PostgresNormalizer({ system, plans }),
      onRead: (batch) => telemetry.read(batch),
    });
  let reader = createReader();
  return {
    name: groupId,
    messagesMax: MESSAGES_PER_POLL_MAX,
    createConsumer: () => {
      reader = createReader();
      const own = reader;
      return createConsumer({
        ...kafka,
        groupId,
        topics: [topic],
        fromBeginning: true,
        onRevoked: () => own.revoked(),
      });
    },
    handle: (batch, consumer) => reader.handle(batch, consumer),
  };
}
