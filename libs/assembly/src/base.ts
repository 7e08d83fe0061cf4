/**
 * What every service is put together from: the store with the plans in force, codecs for their messages, a producer. Apps add
 * what is their own. Everything that was opened is closed by `close`, also when opening the next part failed.
 */
import type { EntityRules } from '@concord/core';
import { loadInstallation, type Installation, type ServiceSettings } from '@concord/config';
import {
  createCodecs,
  createSchemaRegistry,
  rulesOf,
  type Codecs,
  type EntityPlan,
  type SchemaRegistry,
} from '@concord/contracts';
import { createProducer, DeadLetters, type BatchProducer, type KafkaConnection } from '@concord/kafka';
import { logFunction, type Logger, type Metrics } from '@concord/observability';
import { createStore, type Store } from '@concord/store';
import { NoPlansError } from './errors.ts';

export type ServiceContext = { readonly settings: ServiceSettings; readonly logger: Logger; readonly metrics: Metrics };

export type ServiceBase = ServiceContext & {
  readonly installation: Installation;
  readonly kafka: KafkaConnection;
  readonly store: Store;
  readonly plans: readonly EntityPlan[];
  /** By entity. */
  readonly rules: ReadonlyMap<string, EntityRules>;
  readonly registry: SchemaRegistry;
  readonly codecs: Codecs;
  readonly producer: BatchProducer;
  readonly deadLetters: DeadLetters;
  close: () => Promise<void>;
};

export async function openServiceBase(service: string, context: ServiceContext): Promise<ServiceBase> {
  const installation = loadInstallation();
  const { settings, logger } = context;
  const kafka: KafkaConnection = { brokers: [...settings.kafkaBrokers], clientId: service, log: logFunction(logger) };
  const store = createStore({ url: settings.storeUrl });
  const producer = createProducer(kafka);
  const close = async (): Promise<void> => {
    await producer.stop();
    await store.close();
  };
  try {
    const plans = await store.plans.load();
    if (plans.length === 0) throw new NoPlansError();
    const registry = createSchemaRegistry({ url: settings.registryUrl });
    const codecs = await createCodecs(registry, plans);
    await producer.start();
    const rules = new Map(plans.map((plan) => [plan.entity, rulesOf(plan)]));
    const deadLetters = deadLettersOf(service, producer, context);
    return {
      ...context,
      settings,
      installation,
      kafka,
      store,
      plans,
      rules,
      registry,
      codecs,
      producer,
      deadLetters,
      close,
    };
  } catch (error) {
    await close();
    throw error;
  }
}

function deadLettersOf(service: string, producer: BatchProducer, { logger, metrics }: ServiceContext): DeadLetters {
  return new DeadLetters({
    producer,
    stage: service,
    onDeadLetter: ({ topic, partition, offset }, error) => {
      const code = (error as { code?: string }).code ?? 'unknown';
      metrics.deadLettered({ topic, code });
      logger.error(
        { err: error, topic, partition, offset: String(offset) },
        'a message cannot be read; it is kept as a dead letter and the rest flows on',
      );
    },
  });
}
