/** What is logged and counted of one org's streams, and how well they are. */
import type { SourceTelemetry } from '@concord/connector-salesforce';
import { describeError, type Logger, type Metrics } from '@concord/observability';

export type TelemetryParts = { readonly system: string; readonly logger: Logger; readonly metrics: Metrics };

export type StreamHealth = {
  /** What is wrong, by topic; a topic that was never opened is not well either. */
  troubles(topics: readonly string[]): string[];
  /** Tells the age of the oldest stored position; to be called now and then. */
  measure(topics: readonly string[]): void;
};

export function createTelemetry({ system, logger, metrics }: TelemetryParts): SourceTelemetry & StreamHealth {
  const state = new Map<string, string>();
  const savedAt = new Map<string, number>();
  const noteError = (error: unknown): void => {
    const { code = 'unknown', reaction = 'retry' } = describeError(error);
    metrics.errorHandled({ code, reaction });
  };
  return {
    opened({ topic }) {
      state.set(topic, 'open');
      logger.info({ system, topic }, 'stream opened');
    },
    interrupted({ topic, attempt, delayMs, error }) {
      state.set(topic, describeError(error).message);
      noteError(error);
      logger.warn({ system, topic, attempt, delayMs, err: error }, 'stream interrupted; it is opened again');
    },
    batchDone({ topic, events, facts }) {
      const nowMs = Date.now();
      savedAt.set(topic, nowMs);
      for (const [entity, ofEntity] of Map.groupBy(facts, (fact) => fact.entity)) {
        const sourceCommittedAtMs = ofEntity.map(({ change }) => change.at);
        metrics.stagesDone({ stage: 'normalized', entity, system, sourceCommittedAtMs, nowMs });
      }
      logger.debug({ system, topic, events, facts: facts.length }, 'batch done');
    },
    reloading: ({ object, why }) => logger.warn({ system, object, why }, 'all records are read anew'),
    reloaded: ({ object, records }) => logger.info({ system, object, records }, 'all records read'),
    halted({ topic, error }) {
      state.set(topic, `halted: ${describeError(error).message}`);
      noteError(error);
      logger.error({ system, topic, err: error }, 'stream halted; the others go on');
    },
    troubles: (topics) =>
      topics
        .filter((topic) => state.get(topic) !== 'open')
        .map((topic) => `${topic}: ${state.get(topic) ?? 'not opened yet'}`),
    measure(topics) {
      const saved = topics.flatMap((topic) => savedAt.get(topic) ?? []);
      if (saved.length > 0) metrics.replayAgeMeasured(system, (Date.now() - Math.min(...saved)) / 1000);
    },
  };
}
