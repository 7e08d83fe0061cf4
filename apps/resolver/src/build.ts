/** Puts the resolver together: one consumer over all changes, outcomes and resolutions, partition p of all of them in one place. */
import { createConsumerWorker, openServiceBase, type ServiceContext, type Worker } from '@concord/assembly';
import { consumerGroups, topics } from '@concord/contracts';
import { createConsumer, nextOffsetsOf, OffsetReport, type BatchConsumer, type PolledBatch } from '@concord/kafka';
import { onResolved } from './metrics.ts';
import { OpenReviews } from './open-reviews.ts';
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
    resolutions: codecs.resolutions,
    deadLetters,
    codecs,
    producer,
    unit: store.resolverUnit(consumerGroups.resolver),
    now: Date.now,
    onResolved: (records, conflicts) => onResolved(context.metrics, records, conflicts),
  });
  const reviews = new OpenReviews({
    count: () => store.reports.openReviews(),
    tell: (open) => context.metrics.conflictsOpen(open),
    now: Date.now,
  });
  // For lag tools only: nothing resumes from there (docs/adr/20261121-one-statement-per-commit.md).
  const report = new OffsetReport();
  const consumer = {
    name: consumerGroups.resolver,
    messagesMax: MESSAGES_PER_POLL_MAX,
    createConsumer: () =>
      createConsumer({
        ...base.kafka,
        groupId: consumerGroups.resolver,
        topics: [...changes.keys(), topics.outcomes, topics.resolutions],
        fromBeginning: true,
        startOffsets: (assigned) => resolver.assigned(assigned),
        onRevoked: async (lost) => {
          await resolver.revoked(lost);
          await report.report();
        },
      }),
    handle: async (batch: PolledBatch, member: BatchConsumer) => {
      await resolver.handle(batch);
      reviews.look();
      report.done({ offsets: nextOffsetsOf(batch.messages), generation: batch.generation, consumer: member });
    },
    onIdle: () => {
      reviews.look();
      return resolver.settle();
    },
    waitMs: () => resolver.waitMs(),
  };
  return createConsumerWorker([consumer], context, base.close);
}
