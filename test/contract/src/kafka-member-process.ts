/** A member of a group in a process of its own, so that a test can kill it. Says once that it has read something. */
import { createConsumer } from '@concord/kafka';

const { BROKERS = '', GROUP = '', TOPIC = '' } = process.env;
const consumer = createConsumer({
  brokers: BROKERS.split(','),
  clientId: 'killed',
  groupId: GROUP,
  topics: [TOPIC],
  fromBeginning: true,
  sessionTimeoutMs: 6_000,
});
await consumer.start();
for (;;) {
  const { messages } = await consumer.poll({ messagesMax: 1, waitMsMax: 60_000 });
  if (messages.length > 0) process.stdout.write('read\n');
}
