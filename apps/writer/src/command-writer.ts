/**
 * Executes the commands of one system: read a batch, apply it, publish the outcomes, and now and then tell Kafka.
 *
 * The order is what makes a crash harmless (I1, I2, I8): the sink keeps progress and outcomes where the effects are, so a
 * batch that is read again has no second effect and gives the same outcomes again.
 */
import { createHeaderBuilder, type Codec, type CommandMessage, type OutcomeMessage } from '@concord/contracts';
import type { ChangeSink, TargetOutcome } from '@concord/connector-kit';
import { nextOffsetsOf, OffsetReport } from '@concord/kafka';
import type { BatchConsumer, BatchProducer, DeadLetters, KafkaMessage, PolledBatch } from '@concord/kafka';
import { withoutRepeats } from './batches.ts';

export type CommandWriterParts = {
  readonly system: string;
  readonly sink: ChangeSink;
  readonly commands: Codec<CommandMessage>;
  readonly outcomes: Codec<OutcomeMessage>;
  readonly producer: BatchProducer;
  readonly deadLetters: DeadLetters;
  readonly now: () => number;
  readonly onApplied: (commands: readonly CommandMessage[], outcomes: readonly TargetOutcome[]) => void;
};

export class CommandWriter {
  readonly #parts: CommandWriterParts;
  readonly #headersOf;
  readonly #report = new OffsetReport();

  constructor(parts: CommandWriterParts) {
    this.#parts = parts;
    this.#headersOf = createHeaderBuilder({
      type: 'concord.outcomes.v1.CommandOutcome',
      source: `/systems/${parts.system}`,
    });
  }

  async handle({ messages, generation }: PolledBatch, consumer: BatchConsumer): Promise<void> {
    for (const batch of withoutRepeats(await this.#decode(messages))) {
      const outcomes = await this.#parts.sink.apply(batch);
      await this.#publish(outcomes);
      this.#parts.onApplied(batch, outcomes);
    }
    this.#report.done({ offsets: nextOffsetsOf(messages), generation, consumer });
  }

  /** Called when the last batch is done and the partitions are given up. */
  async revoked(): Promise<void> {
    await this.#report.report();
  }

  async #decode(messages: readonly KafkaMessage[]): Promise<CommandMessage[]> {
    const { commands, deadLetters } = this.#parts;
    await commands.prepare(messages);
    const decoded: CommandMessage[] = [];
    for (const message of messages) {
      if (message.value === null) continue;
      try {
        decoded.push(commands.decode(message.value, message.partition, String(message.offset)));
      } catch (error) {
        deadLetters.add(message, error);
      }
    }
    await deadLetters.flush();
    return decoded;
  }

  async #publish(outcomes: readonly TargetOutcome[]): Promise<void> {
    const { system, outcomes: codec, producer, now } = this.#parts;
    const at = now();
    await producer.send(
      outcomes.map((outcome) => ({
        topic: codec.topic,
        key: outcome.recordId,
        value: codec.encode({ ...outcome, kind: 'outcome', system, at }),
        headers: this.#headersOf({
          id: `${system}/${outcome.entity}/${outcome.sequence}`,
          timeMs: at,
          subject: outcome.recordId,
        }),
      })),
    );
  }
}
