// Reaching an org.
export { createSalesforceClient, type SalesforceClient, type ClientOptions } from './client.ts';
export { connectionOf, type SalesforceConnection } from './connection.ts';
export type { ApiCall, ApiUsage } from './rest/http.ts';

// Getting to know it.
export { inspectObject, type Finding, type ObjectNeeds, type ObjectReport } from './describe/checks.ts';
export { unguardedWarning } from './guard/guard.ts';
export type { FieldDescription, ObjectDescription } from './describe/describe.ts';

// Reading its changes.
export {
  createSalesforceSource,
  type SalesforceSource,
  type SalesforceSourceOptions,
} from './source/salesforce-source.ts';
export type { CheckpointStore, FactPublisher, KnownRecords, SourceTelemetry } from './source/ports.ts';

// Writing to it.
export { SalesforceSink, type SalesforceSinkOptions } from './sink/salesforce-sink.ts';
