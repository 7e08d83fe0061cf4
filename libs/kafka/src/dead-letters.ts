/**
 * Messages that cannot be read go to `<topic>.dlq`: key and bytes untouched, the reason in headers named as Kafka Connect
 * names them, so that known consoles show it. A batch is acknowledged only after `flush`, so none is lost (I1).
 */
import { headers as names, topics } from '@concord/contracts';
import type { BatchProducer, KafkaMessage, OutgoingMessage } from './types.ts';

export type DeadLettersParts = {
  readonly producer: BatchProducer;
  /** The service that could not read the message. */
  readonly stage: string;
  /** Called once per dead letter, for log and metrics. */
  readonly onDeadLetter: (message: KafkaMessage, error: unknown) => void;
};

export class DeadLetters {
  readonly #parts: DeadLettersParts;
  #waiting: OutgoingMessage[] = [];

  constructor(parts: DeadLettersParts) {
    this.#parts = parts;
  }

  add(message: KafkaMessage, error: unknown): void {
    this.#waiting.push({
      topic: topics.dlq(message.topic),
      key: message.key,
      value: message.value,
      headers: { ...message.headers, ...reasonOf(message, error, this.#parts.stage) },
    });
    this.#parts.onDeadLetter(message, error);
  }

  async flush(): Promise<void> {
    if (this.#waiting.length === 0) return;
    const letters = this.#waiting;
    // Emptied first: if the send fails, the batch is read and sorted out again.
    this.#waiting = [];
    await this.#parts.producer.send(letters);
  }
}

function reasonOf(message: KafkaMessage, error: unknown, stage: string): Record<string, string> {
  const { name, message: text, code } = error as { name?: string; message?: string; code?: string };
  return {
    [names.errorTopic]: message.topic,
    [names.errorPartition]: String(message.partition),
    [names.errorOffset]: String(message.offset),
    [names.errorStage]: stage,
    [names.errorClass]: name ?? 'Error',
    [names.errorMessage]: text ?? String(error),
    [names.errorCode]: code ?? 'unknown',
  };
}
