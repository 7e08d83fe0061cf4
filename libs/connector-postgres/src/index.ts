// Reaching a database.
export { createPool, type PoolOptions, type PostgresPool, type PostgresTarget } from './connection.ts';

// Getting to know it.
export { describeTable, type ColumnDescription, type TableDescription } from './catalogue/describe-table.ts';

// Making it ready.
export { checkPostgres, setUpPostgres, type PostgresNeeds, type PostgresSetUp } from './setup/set-up.ts';
export type { Finding } from './setup/check.ts';

// Reading its changes.
export { PostgresNormalizer, type Normalized, type NormalizerOptions } from './normalizer/normalizer.ts';
export type { RawRecord } from './normalizer/debezium.ts';
export { watchConnector, type ConnectorWatch } from './setup/watch-connector.ts';
export { measureSlot } from './setup/measure-slot.ts';

// Writing to it.
export { PostgresSink, type PostgresSinkOptions } from './sink/postgres-sink.ts';
