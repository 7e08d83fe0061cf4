/** Puts the resolver together: one consumer over all changes topics and the outcomes, partition p of all of them in one place. */
import { createConsumerWorker, openServiceBase, type ServiceContext, type Worker } from '@concord/assembly';
import { consumerGroups, topics } from '@concord/contracts';
import { createConsumer, type BatchConsumer, type PolledBatch } from '@concord/kafka';
import { onResolved } from './metrics.ts';
import { OffsetReport } from './offset-report.ts';
import { Resolver } from './resolver.ts';

const MESSAGES_PER_POLL_MAX = 2_000;

export async function buildResolver(context: ServiceContext): Promise<Worker> {
  const base = await openServiceBase('resolver', context);
  const { codecs, plans, rules, store, producer, deadLetters } = base;
  const changes = new Map(
    plans.map(({ entity }) => [topics.changes(entity), { entity, codec: codecs.changes(entity) }]),
  );
  const resolver = new Resolver({
    rules,
    changes,
    outcomes: codecs.outcomes,
    deadLetters,
    codecs,
    producer,
    unit: store.resolverUnit(consumerGroups.resolver),
    now: Date.now,
    onResolved: (records, conflicts) => onResolved(context.metrics, records, conflicts),
  });
  const report = new OffsetReport(Date.now);
  const consumer = {
    name: consumerGroups.resolver,
    messagesMax: MESSAGES_PER_POLL_MAX,
    createConsumer: () =>
      createConsumer({
        ...base.kafka,
        groupId: consumerGroups.resolver,
        topics: [...changes.keys(), topics.outcomes],
        fromBeginning: true,
        startOffsets: (assigned) => resolver.assigned(assigned),
        onRevoked: (lost) => resolver.revoked(lost),
      }),
    handle: async (batch: PolledBatch, member: BatchConsumer) => {
      await resolver.handle(batch);
      await report.done(batch, member);
    },
    onIdle: async () => {
      await resolver.settle();
      await report.report();
    },
  };
  return createConsumerWorker([consumer], context, base.close);
}
