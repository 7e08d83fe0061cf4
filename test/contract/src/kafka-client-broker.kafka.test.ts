/** A broker that dies or freezes. Needs one of its own, because the shared one must live. */
import { mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { createAdmin, createConsumer, createProducer } from '@concord/kafka';
import { startPlatform, waitUntil } from '@concord/platform';
import type { Platform } from '@concord/platform';
import { afterAll, beforeAll, describe, expect, onTestFinished, test } from 'vitest';
import { codeOf, numbers, read, valuesOf, worldOf } from './kafka-contract-setup.ts';
import { OffsetStore, work } from './kafka-store.ts';

const client = { name: 'kafkajs', createConsumer, createProducer, createAdmin };

describe.skipIf(process.env.CONCORD_TEST_KAFKA === undefined)('a broker (needs CONCORD_TEST_KAFKA to be set)', () => {
  let platform: Platform;
  let dataDir: string;

  beforeAll(async () => {
    dataDir = mkdtempSync(join(tmpdir(), 'concord-kafka-'));
    platform = await startPlatform({ dataDir, parts: ['kafka'], heapMegabytes: 256 });
  });
  afterAll(async () => {
    await platform.stop();
    rmSync(dataDir, { recursive: true, force: true });
  });

  const freeze = async (): Promise<void> => {
    const broker = platform.process('kafka');
    onTestFinished(() => broker.kill('SIGCONT'));
    await broker.kill('SIGSTOP');
    const isStopped = async () => / T /.test(readFileSync(`/proc/${broker.pid}/stat`, 'utf8'));
    await waitUntil(isStopped, { what: 'the broker standing still', deadlineMs: 5_000, everyMs: 5 });
  };

  test('that is killed and comes back costs nothing: sends are repeated, members go on by themselves', async () => {
    const world = worldOf(client, [...platform.kafka.brokers]);
    const topic = await world.topic('t', 2);
    const producer = await world.producer();
    const store = new OffsetStore();
    const consumer = world.consumer({ topics: [topic], ...store.member('one') });
    const worker = work('one', consumer, store);
    let sent = 0;
    const sendRound = (): Promise<void> => {
      const value = Buffer.from(String(sent++));
      return producer.send([0, 1].map((partition) => ({ topic, key: null, value, partition })));
    };
    for (let round = 0; round < 100; round++) await sendRound();
    await store.until(() => store.count() === 200);

    const duringTheFall = [sendRound(), sendRound()];
    await platform.process('kafka').kill();
    const whileDown = [sendRound(), sendRound(), sendRound()];
    await platform.process('kafka').restart();
    await Promise.all([...duringTheFall, ...whileDown]);
    for (let round = 0; round < 20; round++) await sendRound();
    await store.until(() => store.count() >= sent * 2);
    expect(consumer.health()).toMatchObject({ isFetching: true, lastError: null });
    await worker.stop();
    for (const values of store.applied.values()) expect(values).toEqual(numbers(0, sent));
  });

  test('that freezes makes a send fail with an open outcome; after it thaws, order holds', async () => {
    const world = worldOf(client, [...platform.kafka.brokers]);
    const topic = await world.topic('t');
    const producer = await world.producer({ deliveryMsMax: 1_500 });
    const send = (value: string) => producer.send([{ topic, key: null, value: Buffer.from(value) }]);
    await send('before');
    await freeze();
    const frozen = send('frozen');
    // Let the first request leave, so that the second call is one that waits behind it.
    await new Promise((resolve) => setImmediate(resolve));
    const outcomes = await Promise.all([frozen, send('behind')].map(codeOf));
    expect(outcomes).toEqual(['kafka.send_unknown', 'kafka.send_aborted']);
    await platform.process('kafka').kill('SIGCONT');
    for (const value of ['frozen', 'behind', 'after']) await send(value);
    const { end } = (await world.admin.offsets([topic]))[0]!;
    const consumer = world.consumer({ topics: [topic] });
    await consumer.start();
    const values = valuesOf(await read(consumer, Number(end)));
    // The request in doubt may have been written: once more at most, and never behind what came later.
    expect([...new Set(values)]).toEqual(['before', 'frozen', 'behind', 'after']);
    expect(values.slice(-2)).toEqual(['behind', 'after']);
    expect(values.length).toBeLessThanOrEqual(5);
  });
});
