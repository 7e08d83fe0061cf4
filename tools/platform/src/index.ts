// The platform: real PostgreSQL, Kafka, registry and Connect as child processes.
export { startPlatform } from './platform.ts';
export type { Platform, PlatformOptions, PlatformPart, ProcessDeath } from './types.ts';

// Our own services and emulators as child processes.
export { startNodeService, type NodeService, type NodeServiceOptions } from './node-service.ts';
export type { ManagedProcess } from './managed-process.ts';
export { stopAllOnUncaughtError, stopAllProcesses } from './live-processes.ts';

// Concord on a platform: emulator, databases, apply, services.
export { startStack, type Stack, type StackOptions, type ServiceName } from './stack.ts';
export { runCli, type CliResult } from './run-cli.ts';
export { SalesUser } from './start/sales-user.ts';
export { compareSides, type Agreement, type Sides } from './start/agreement.ts';

// Small helps for those who start things.
export { freePort } from './ports.ts';
export { openTestDatabase, type TestDatabase } from './test-database.ts';
export { waitUntil, type Wait } from './wait-until.ts';
export { consoleProgress, type Progress, type ProgressListener } from './progress.ts';
export { PlatformError } from './errors.ts';
