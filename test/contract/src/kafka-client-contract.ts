/**
 * What Concord relies on in a Kafka client, run over a constructor and a real broker. A second client behind the port
 * counts only when it passes this unchanged.
 */
import { describe } from 'vitest';
import { describeGroups } from './kafka-contract-groups.ts';
import { describeMessages } from './kafka-contract-messages.ts';
import { describeSending } from './kafka-contract-sending.ts';
import type { KafkaClient } from './kafka-contract-setup.ts';

export function describeKafkaClient(client: KafkaClient, brokers: string | undefined): void {
  describe.skipIf(brokers === undefined)(`${client.name} (needs CONCORD_TEST_KAFKA=<host:port>)`, () => {
    const addresses = (brokers ?? '').split(',');
    describeMessages(client, addresses);
    describeSending(client, addresses);
    describeGroups(client, addresses);
  });
}
