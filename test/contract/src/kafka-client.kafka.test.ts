import { createAdmin, createConsumer, createProducer } from '@concord/kafka';
import { describeKafkaClient } from './kafka-client-contract.ts';

describeKafkaClient({ name: 'kafkajs', createConsumer, createProducer, createAdmin }, process.env.CONCORD_TEST_KAFKA);
