import type { IHeaders, KafkaMessage as RawMessage } from 'kafkajs';
import type { KafkaMessage } from '../types.ts';

const noHeaders: Readonly<Record<string, string>> = Object.freeze({});

export function toMessage(topic: string, partition: number, raw: RawMessage): KafkaMessage {
  return new ReadMessage(topic, partition, raw);
}

/** Headers become text when somebody asks for them: most are never looked at. */
class ReadMessage implements KafkaMessage {
  readonly topic: string;
  readonly partition: number;
  readonly offset: bigint;
  readonly key: string | null;
  readonly value: Buffer | null;
  readonly #raw: RawMessage;

  constructor(topic: string, partition: number, raw: RawMessage) {
    this.topic = topic;
    this.partition = partition;
    this.offset = BigInt(raw.offset);
    this.key = raw.key === null ? null : raw.key.toString('utf8');
    this.value = raw.value;
    this.#raw = raw;
  }

  get headers(): Readonly<Record<string, string>> {
    const { headers } = this.#raw;
    return headers === undefined ? noHeaders : headersOf(headers);
  }

  get timestampMs(): number {
    return Number(this.#raw.timestamp);
  }
}

function headersOf(raw: IHeaders): Readonly<Record<string, string>> {
  let headers: Record<string, string> | undefined;
  for (const name in raw) {
    const found = raw[name];
    const last = Array.isArray(found) ? found.at(-1) : found;
    headers ??= Object.create(null) as Record<string, string>;
    headers[name] = last === undefined || last === null ? '' : last.toString();
  }
  return headers ?? noHeaders;
}
