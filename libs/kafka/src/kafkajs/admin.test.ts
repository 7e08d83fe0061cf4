import { expect, test } from 'vitest';
import { ensureTopics } from './admin.ts';

const specs = [{ topic: 'changes.accounts', partitions: 6, replication: 1 }];
const answer = (type: string) => Object.assign(new Error(type), { type });

/** An admin whose metadata requests are answered in turn: by an error, or by the partition count of the one topic. */
function adminThat(metadata: (Error | number)[], creating?: Error) {
  return {
    listTopics: async () => [],
    createTopics: async () => {
      if (creating !== undefined) throw creating;
      return true;
    },
    fetchTopicMetadata: async () => {
      const next = metadata.shift();
      if (typeof next !== 'number') throw next ?? new Error('asked too often');
      return { topics: [{ name: 'changes.accounts', partitions: Array.from<never>({ length: next }) }] };
    },
  };
}

test('a topic is there when the brokers know it and its leaders', async () => {
  const metadata = [answer('UNKNOWN_TOPIC_OR_PARTITION'), answer('LEADER_NOT_AVAILABLE'), 6];
  const ensured = await ensureTopics(adminThat(metadata), specs, ['kafka:9092']);
  expect(ensured).toEqual({ created: ['changes.accounts'], existing: [] });
  expect(metadata).toEqual([]);
});

test('what another installer has just made must have the same count', async () => {
  const both = Object.assign(new Error('both'), { errors: [answer('TOPIC_ALREADY_EXISTS')] });
  await expect(ensureTopics(adminThat([6], both), specs, [])).resolves.toMatchObject({ existing: [] });
  await expect(ensureTopics(adminThat([3], both), specs, [])).rejects.toThrow(/has 3 instead of 6/);
});

test('any other answer is an error at once', async () => {
  await expect(ensureTopics(adminThat([answer('CLUSTER_AUTHORIZATION_FAILED')]), specs, [])).rejects.toThrow('CLUSTER');
  await expect(ensureTopics(adminThat([], answer('INVALID_PARTITIONS')), specs, [])).rejects.toMatchObject({
    code: 'kafka.topic_refused',
  });
});
