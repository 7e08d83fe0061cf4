/**
 * Puts the writer together: a consumer and a sink per system that the plans name, so that a target which is down or slow
 * delays no other.
 */
import {
  createConsumerWorker,
  openServiceBase,
  type NamedConsumer,
  type ServiceBase,
  type ServiceContext,
  type Worker,
} from '@concord/assembly';
import type { SystemConfig } from '@concord/config';
import type { ChangeSink } from '@concord/connector-kit';
import { createPool, PostgresSink } from '@concord/connector-postgres';
import { connectionOf, createSalesforceClient, SalesforceSink } from '@concord/connector-salesforce';
import { consumerGroups, topics } from '@concord/contracts';
import { createConsumer } from '@concord/kafka';
import { CommandWriter } from './command-writer.ts';
import { UnknownTargetError } from './errors.ts';
import { onApplied } from './metrics.ts';

const MESSAGES_PER_POLL_MAX = 2_000;

export async function buildWriter(context: ServiceContext): Promise<Worker> {
  const base = await openServiceBase('writer', context);
  const sinks: ChangeSink[] = [];
  const close = async (): Promise<void> => {
    await Promise.all(sinks.map((sink) => sink.close()));
    await base.close();
  };
  try {
    const systems = [...new Set(base.plans.flatMap((plan) => Object.keys(plan.systems)))];
    const consumers = systems.map((system) => {
      const sink = sinkOf(system, base);
      sinks.push(sink);
      return consumerOf(system, sink, base);
    });
    return createConsumerWorker(consumers, context, close);
  } catch (error) {
    await close();
    throw error;
  }
}

function consumerOf(system: string, sink: ChangeSink, base: ServiceBase): NamedConsumer {
  const { codecs, producer, deadLetters, metrics, kafka } = base;
  const groupId = consumerGroups.writer(system);
  const writer = new CommandWriter({
    system,
    sink,
    commands: codecs.commands(system),
    outcomes: codecs.outcomes,
    producer,
    deadLetters,
    now: Date.now,
    onApplied: (commands, outcomes) => onApplied(metrics, system, { commands, outcomes }),
  });
  return {
    name: groupId,
    messagesMax: MESSAGES_PER_POLL_MAX,
    createConsumer: () =>
      createConsumer({
        ...kafka,
        groupId,
        topics: [topics.commands(system)],
        fromBeginning: true,
        onRevoked: () => writer.revoked(),
      }),
    handle: (batch, consumer) => writer.handle(batch, consumer),
  };
}

function sinkOf(system: string, { installation, plans, store, metrics }: ServiceBase): ChangeSink {
  const config: SystemConfig | undefined = installation.systems[system];
  switch (config?.type) {
    case 'postgres':
      return new PostgresSink({ system, plans, pool: createPool(config) });
    case 'salesforce': {
      const client = createSalesforceClient(connectionOf(config), {
        onUsage: ({ used, max }) => metrics.apiBudgetMeasured(system, Math.max(0, 1 - used / max)),
        onCall: ({ call, outcome }) => metrics.apiCalled({ system, api: call, outcome }),
      });
      const sink = new SalesforceSink({ system, plans, rest: client.rest, progress: store.sinkProgress(system) });
      return { apply: (batch) => sink.apply(batch), close: () => client.close() };
    }
    default:
      throw new UnknownTargetError(system);
  }
}
