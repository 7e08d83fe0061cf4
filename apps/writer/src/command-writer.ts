/**
 * Executes the commands of one system: read a batch, apply it, publish the outcomes, and now and then tell Kafka.
 *
 * The order is what makes a crash harmless (I1, I2, I8): the sink keeps progress and outcomes where the effects are, so a
 * batch that is read again has no second effect and gives the same outcomes again.
 */
import { createHeaderBuilder, type Codec, type CommandMessage, type OutcomeMessage } from '@concord/contracts';
import type { ChangeSink, TargetCommand, TargetOutcome } from '@concord/connector-kit';
import { nextOffsetsOf, OffsetReport } from '@concord/kafka';
import type {
  BatchConsumer,
  BatchProducer,
  DeadLetters,
  KafkaMessage,
  OutgoingMessage,
  PolledBatch,
} from '@concord/kafka';
import { withoutRepeats } from './batches.ts';

export type CommandWriterParts = {
  readonly system: string;
  readonly sink: ChangeSink;
  readonly commands: Codec<CommandMessage>;
  readonly outcomes: Codec<OutcomeMessage>;
  readonly producer: BatchProducer;
  readonly deadLetters: DeadLetters;
  readonly now: () => number;
  readonly onApplied: (commands: readonly Command[], outcomes: readonly TargetOutcome[]) => void;
};

/** With the commit time of the newest source change in it, ms since the epoch, and where it was read. */
export type Command = TargetCommand & { readonly changedAt: number; readonly partition: number };

export class CommandWriter {
  readonly #parts: CommandWriterParts;
  readonly #headersOf;
  readonly #report = new OffsetReport();

  constructor(parts: CommandWriterParts) {
    this.#parts = parts;
    this.#headersOf = createHeaderBuilder({
      type: 'concord.outcomes.v1.CommandOutcomes',
      source: `/systems/${parts.system}`,
    });
  }

  async handle({ messages, generation }: PolledBatch, consumer: BatchConsumer): Promise<void> {
    for (const batch of withoutRepeats(await this.#decode(messages), COMMANDS_AT_ONCE_MAX)) {
      const outcomes = await this.#parts.sink.apply(batch);
      await this.#publish(batch, outcomes);
      this.#parts.onApplied(batch, outcomes);
    }
    this.#report.done({ offsets: nextOffsetsOf(messages), generation, consumer });
  }

  /** Called when the last batch is done and the partitions are given up. */
  async revoked(): Promise<void> {
    await this.#report.report();
  }

  async #decode(messages: readonly KafkaMessage[]): Promise<Command[]> {
    const { commands: codec, deadLetters } = this.#parts;
    await codec.prepare(messages);
    const decoded: Command[] = [];
    for (const message of messages) {
      if (message.value === null) continue;
      try {
        const { entity, stream, commands } = codec.decode(message.value, message.partition, String(message.offset));
        for (const command of commands) decoded.push({ ...command, entity, stream, partition: message.partition });
      } catch (error) {
        deadLetters.add(message, error);
      }
    }
    await deadLetters.flush();
    return decoded;
  }

  /** Outcomes go to the partition that their commands came from, where the record's resolver is. */
  async #publish(batch: readonly Command[], outcomes: readonly TargetOutcome[]): Promise<void> {
    const commands = new Map(batch.map((command) => [command.recordId, command]));
    const byStream = Map.groupBy(outcomes, ({ recordId }) => commands.get(recordId)!.stream);
    const messages = [...byStream.values()].flatMap((ofStream) =>
      partsOf(ofStream).map((part) => this.#messageOf(part, commands.get(part[0]!.recordId)!)),
    );
    await this.#parts.producer.send(messages);
  }

  #messageOf(outcomes: TargetOutcome[], { entity, stream, partition }: Command): OutgoingMessage {
    const { system, outcomes: codec, now } = this.#parts;
    const at = now();
    const value = codec.encode({ entity, system, at, outcomes });
    const headers = this.#headersOf({ id: `${system}/${stream}/${outcomes[0]!.sequence}`, timeMs: at });
    return { topic: codec.topic, key: null, partition, value, headers };
  }
}

/** What a sink is given at once; the outcomes of one call are published before the next. */
const COMMANDS_AT_ONCE_MAX = 2_000;

/** Some 100 KB unless many were refused with long reasons. */
const OUTCOMES_PER_MESSAGE_MAX = 1_000;

function partsOf(outcomes: readonly TargetOutcome[]): TargetOutcome[][] {
  const parts: TargetOutcome[][] = [];
  for (let from = 0; from < outcomes.length; from += OUTCOMES_PER_MESSAGE_MAX)
    parts.push(outcomes.slice(from, from + OUTCOMES_PER_MESSAGE_MAX));
  return parts;
}
