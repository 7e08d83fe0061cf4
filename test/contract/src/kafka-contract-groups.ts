/** Several members: who gets what, and that a change of hands neither loses nor doubles anything. */
import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { fileURLToPath } from 'node:url';
import { describe, expect, onTestFinished, test } from 'vitest';
import type { TopicPartition } from '@concord/kafka';
import { waitUntil } from '@concord/platform';
import { numbered, numbers, pollUntil, read, valuesOf, worldOf } from './kafka-contract-setup.ts';
import type { KafkaClient } from './kafka-contract-setup.ts';
import { OffsetStore, work } from './kafka-store.ts';

export function describeGroups(client: KafkaClient, brokers: string[]): void {
  describe('a group', () => {
    test('hands partitions over with nothing lost or doubled, equal numbers always together', async () => {
      const world = worldOf(client, brokers);
      const topics = [await world.topic('changes', 6), await world.topic('outcomes', 6)];
      const producer = await world.producer();
      const partitions = topics.flatMap((topic) =>
        numbers(0, 6).map((partition) => ({ topic, partition: +partition })),
      );
      let sent = 0;
      const sendRound = async (): Promise<void> => {
        const value = Buffer.from(String(sent++));
        await producer.send(partitions.map((partition) => ({ ...partition, key: null, value })));
      };
      const store = new OffsetStore();
      const member = (name: string) => work(name, world.consumer({ topics, ...store.member(name) }), store);
      for (let round = 0; round < 20; round++) await sendRound();

      const one = member('one');
      await store.until(() => store.count() >= 100);
      const two = member('two');
      const holdersOf = () => new Set(store.owners.values());
      while (holdersOf().size < 2) await sendRound();
      for (const partition of numbers(0, 6)) {
        expect(store.owners.get(`${topics[1]}/${partition}`)).toBe(store.owners.get(`${topics[0]}/${partition}`));
      }
      await store.until(() => store.count() === sent * partitions.length);
      await one.stop();
      while (holdersOf().has('one')) await sendRound();
      await store.until(() => store.count() === sent * partitions.length);
      await two.stop();

      for (const values of store.applied.values()) expect(values).toEqual(numbers(0, sent));
      expect(store.fencedCommits).toBe(0);
    });

    test('waits for the work of the one that gives up, then for its hook', async () => {
      const world = worldOf(client, brokers);
      const topic = await world.topic('t', 2);
      await (await world.producer()).send([0, 1].flatMap((partition) => numbered(topic, 5, { partition })));
      const story: string[] = [];
      const working = Promise.withResolvers<void>();
      const gate = Promise.withResolvers<void>();
      const store = new OffsetStore();
      const slow = world.consumer({
        topics: [topic],
        ...store.member('slow'),
        onRevoked: async (lost: TopicPartition[]) => void story.push(`gave up ${lost.length}`),
      });
      const worker = work('slow', slow, store, async () => {
        working.resolve();
        await gate.promise;
        story.push('did its work');
      });
      await working.promise;
      const { startOffsets } = store.member('other');
      const other = world.consumer({
        topics: [topic],
        startOffsets: (assigned) => {
          story.push('was handed over');
          return startOffsets(assigned);
        },
      });
      const joined = other.start();
      await waitUntil(async () => slow.assignment().length === 0, { what: 'the rebalance', deadlineMs: 20_000 });
      gate.resolve();
      await joined;
      await pollUntil(other, () => story.includes('was handed over'));
      expect(story.slice(0, 3)).toEqual(['did its work', 'gave up 2', 'was handed over']);
      await other.stop();
      await worker.stop();
    });

    test('takes over from a member that was killed', async () => {
      const world = worldOf(client, brokers);
      const topic = await world.topic('t', 2);
      const producer = await world.producer();
      await producer.send(numbered(topic, 10));
      const killed = spawn(process.execPath, [fileURLToPath(new URL('./kafka-member-process.ts', import.meta.url))], {
        env: { ...process.env, BROKERS: brokers.join(','), GROUP: world.groupId, TOPIC: topic },
        stdio: ['ignore', 'pipe', 'inherit'],
      });
      onTestFinished(() => void killed.kill('SIGKILL'));
      await once(killed.stdout, 'data');
      const store = new OffsetStore();
      const heir = work('heir', world.consumer({ topics: [topic], ...store.member('heir') }), store);
      killed.kill('SIGKILL');
      await producer.send(numbered(topic, 10, { partition: 1 }));
      await store.until(() => store.count() === 20);
      await heir.stop();
      expect(store.owners.size).toBe(2);
    });

    test('gives a topic only to those who subscribe to it, as in a rolling upgrade', async () => {
      const world = worldOf(client, brokers);
      const [shared, added] = [await world.topic('shared', 2), await world.topic('added', 2)];
      const producer = await world.producer();
      await producer.send(
        [shared, added].flatMap((topic) => [0, 1].flatMap((partition) => numbered(topic, 5, { partition }))),
      );
      const store = new OffsetStore();
      const former = work('former', world.consumer({ topics: [shared], ...store.member('former') }), store);
      await store.until(() => store.count() === 10);
      const newer = work('newer', world.consumer({ topics: [shared, added], ...store.member('newer') }), store);
      await store.until(() => store.count() === 20);
      for (const partition of [0, 1]) expect(store.owners.get(`${added}/${partition}`)).toBe('newer');
      await former.stop();
      await newer.stop();
    });

    test('leaves a member beyond the number of partitions idle and well', async () => {
      const world = worldOf(client, brokers);
      const topic = await world.topic('t');
      await (await world.producer()).send(numbered(topic, 3));
      const members = [world.consumer({ topics: [topic] }), world.consumer({ topics: [topic] })];
      await Promise.all(members.map((member) => member.start()));
      await Promise.all(members.map((member) => pollUntil(member, () => member.health().isFetching)));
      const [idle] = members.filter((member) => member.assignment().length === 0);
      expect(idle?.health()).toEqual({ assigned: 0, isFetching: true, lastError: null });
      const [busy] = members.filter((member) => member !== idle);
      await idle!.stop();
      await pollUntil(busy!, () => busy!.assignment().length === 1);
    });
  });

  describe('a stop', () => {
    test('calls the hook, leaves at once and lets the next member in without waiting for a session to end', async () => {
      const world = worldOf(client, brokers);
      const topic = await world.topic('t');
      await (await world.producer()).send(numbered(topic, 5));
      const lost: TopicPartition[] = [];
      const first = world.consumer({
        topics: [topic],
        sessionTimeoutMs: 30_000,
        onRevoked: async (partitions) => {
          lost.push(...partitions);
          await first.commit([{ topic, partition: 0, nextOffset: 3n }]);
        },
      });
      await first.start();
      await read(first, 5);
      await Promise.all([first.stop(), first.stop()]);
      expect(lost).toEqual([{ topic, partition: 0 }]);
      const began = Date.now();
      const second = world.consumer({ topics: [topic] });
      await second.start();
      expect(valuesOf(await read(second, 2))).toEqual(['3', '4']);
      expect(Date.now() - began).toBeLessThan(10_000);
    });

    test('ends a waiting poll, and is no trouble before a start', async () => {
      const world = worldOf(client, brokers);
      const topic = await world.topic('t');
      await world.consumer({ topics: [topic] }).stop();
      const consumer = world.consumer({ topics: [topic] });
      await consumer.start();
      const waiting = consumer.poll({ messagesMax: 1, waitMsMax: 60_000 });
      await consumer.stop();
      expect((await waiting).messages).toEqual([]);
    });

    test('does not hang while a rebalance waits for another member', async () => {
      const world = worldOf(client, brokers);
      const topic = await world.topic('t', 2);
      await (await world.producer()).send(numbered(topic, 5));
      const working = Promise.withResolvers<void>();
      const gate = Promise.withResolvers<void>();
      const store = new OffsetStore();
      const slow = work('slow', world.consumer({ topics: [topic], ...store.member('slow') }), store, async () => {
        working.resolve();
        await gate.promise;
      });
      await working.promise;
      const joining = world.consumer({ topics: [topic] });
      const started = joining.start().catch(() => undefined);
      const began = Date.now();
      await joining.stop();
      expect(Date.now() - began).toBeLessThan(9_000);
      gate.resolve();
      await started;
      await slow.stop();
    });
  });
}
