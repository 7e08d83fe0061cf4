/** Somebody else on the broker, with stock kafkajs: reads topics as they are, and writes what does not belong there. */
import { randomUUID } from 'node:crypto';
import type { Platform } from '@concord/platform';
import { Kafka, logLevel } from 'kafkajs';
import { seen } from './world.ts';

export type Message = {
  readonly topic: string;
  readonly key: string | null;
  readonly value: Buffer | null;
  readonly headers: Readonly<Record<string, string>>;
};

export type Foreigner = {
  /** Everything that was read so far, as soon as it satisfies. */
  readUntil(what: string, isEnough: (messages: readonly Message[]) => boolean): Promise<readonly Message[]>;
  send(message: Message): Promise<void>;
  leave(): Promise<void>;
};

/** Reads these topics from their beginning; they must be there. */
export async function foreignerAt({ kafka: { brokers } }: Platform, topics: readonly string[]): Promise<Foreigner> {
  const kafka = new Kafka({ brokers: [...brokers], logLevel: logLevel.NOTHING });
  const [producer, consumer] = [kafka.producer(), kafka.consumer({ groupId: `foreigner-${randomUUID()}` })];
  await Promise.all([producer.connect(), consumer.connect()]);
  await consumer.subscribe({ topics: [...topics], fromBeginning: true });
  const messages: Message[] = [];
  await consumer.run({
    eachMessage: async ({ topic, message: { key, value, headers = {} } }) => {
      const texts = Object.entries(headers).map(([name, header]) => [name, String(header)] as const);
      messages.push({ topic, key: key === null ? null : String(key), value, headers: Object.fromEntries(texts) });
    },
  });
  return {
    readUntil: (what, isEnough) => seen(what, async () => isEnough(messages) && messages),
    send: async ({ topic, key, value, headers }) => {
      await producer.send({ topic, messages: [{ key, value, headers }] });
    },
    leave: async () => {
      await Promise.all([producer.disconnect(), consumer.disconnect()]);
    },
  };
}
