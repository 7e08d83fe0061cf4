// Clients
export { createAdmin } from './kafkajs/admin.ts';
export { createConsumer } from './kafkajs/consumer.ts';
export { createProducer } from './kafkajs/producer.ts';
// Running a service
export { ConsumerRuntime } from './consumer-runtime.ts';
export { DeadLetters } from './dead-letters.ts';
export { nextOffsetsOf } from './next-offsets.ts';
export { OffsetReport } from './offset-report.ts';
// Errors
export { KafkaError } from './errors.ts';
// The port
export type { ConsumerRuntimeOptions } from './consumer-runtime.ts';
export type { DeadLettersParts } from './dead-letters.ts';
export type {
  BatchConsumer,
  BatchProducer,
  ConsumerOptions,
  KafkaAdmin,
  KafkaConnection,
  KafkaMessage,
  OutgoingMessage,
  PolledBatch,
  ProducerOptions,
  TopicPartition,
  TopicSpec,
} from './types.ts';
