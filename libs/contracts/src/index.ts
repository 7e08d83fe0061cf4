// The plan of an entity.
export { rulesOf, type EntityPlan, type PlannedAccess, type PlannedField, type PlannedSystem } from './plan.ts';
export { storedOf } from './stored-values.ts';
// Names.
export { consumerGroups, headers, streamOf, topics, topicsOf, type TopicSpec } from './topics.ts';
export { recordIdFrom } from './record-id.ts';
// Errors.
export type { Code, Reaction } from './codes.ts';
export { ContractError, type MessagePlace } from './errors.ts';
// Messages.
export { createCodecs, publishSchemas, type Codecs } from './codecs.ts';
export type { Codec } from './message-codec.ts';
export type {
  AuditLine,
  RecordDecisions,
  AuditMessage,
  ChangeMessage,
  CommandMessage,
  ConflictMessage,
  IssuedCommand,
  OutcomeMessage,
  RecordMessage,
  ResolutionMessage,
} from './shapes.ts';
export { createHeaderBuilder, parseHeaders, type EventAttributes, type KafkaHeaders } from './cloud-events.ts';
// The schema registry and what is not ours in it.
export { createMemoryRegistry, createSchemaRegistry, type SchemaRegistry } from './registry.ts';
export { createGenericDecoder, type GenericDecoder } from './generic-decoder.ts';
