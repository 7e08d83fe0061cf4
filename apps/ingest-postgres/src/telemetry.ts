/** What is logged and counted of one database's stream. */
import { describeError, type Logger, type Metrics } from '@concord/observability';
import type { ReadBatch } from './cdc-reader.ts';

export type TelemetryParts = { readonly system: string; readonly logger: Logger; readonly metrics: Metrics };

export type Telemetry = {
  read(batch: ReadBatch): void;
  connectorFailed(error: unknown, attempt: number): void;
  slotMeasured(retainedBytes: number): void;
  /** Something beside the stream went wrong; told once until it changes. */
  trouble(error: unknown): void;
};

export function createTelemetry({ system, logger, metrics }: TelemetryParts): Telemetry {
  let lastTrouble: string | null = null;
  const noteError = (error: unknown): void => {
    const { code = 'unknown', reaction = 'retry' } = describeError(error);
    metrics.errorHandled({ code, reaction });
  };
  return {
    read({ facts, normalized, messages, capturedAtMs }) {
      const nowMs = Date.now();
      for (const [entity, ofEntity] of Map.groupBy(facts, (fact) => fact.entity)) {
        // The time of a snapshot row is that of reading it, not that of a commit.
        const streamed = ofEntity.filter(({ change }) => !change.snapshot);
        const sourceCommittedAtMs = streamed.map(({ change }) => change.at);
        metrics.stagesDone({ stage: 'captured', entity, system, sourceCommittedAtMs, nowMs: capturedAtMs });
        metrics.stagesDone({ stage: 'normalized', entity, system, sourceCommittedAtMs, nowMs });
      }
      const { echoes, echoesMissing, repetitions, keyChanges } = normalized;
      if (repetitions > 0) {
        metrics.eventsEnded({ stage: 'normalized', entity: 'any', system, outcome: 'repetition', count: repetitions });
      }
      logger.debug({ system, messages, facts: facts.length, echoes, repetitions }, 'batch done');
      if (echoesMissing > 0) {
        logger.warn(
          { system, echoesMissing },
          'rows that we wrote are not in the change stream; is the table published?',
        );
      }
      if (keyChanges > 0)
        logger.warn({ system, keyChanges }, 'primary keys were changed; the records keep their identity');
    },
    connectorFailed(error, attempt) {
      noteError(error);
      logger.error({ system, attempt, err: error }, 'the connector has failed; it is started again');
    },
    slotMeasured(retainedBytes) {
      metrics.slotRetained(system, retainedBytes);
      lastTrouble = null;
    },
    trouble(error) {
      const { message } = describeError(error);
      if (message === lastTrouble) return;
      lastTrouble = message;
      noteError(error);
      logger.warn({ system, err: error }, 'the source cannot be looked after at the moment');
    },
  };
}
