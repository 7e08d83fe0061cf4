export { runService, type ServiceOptions } from './run-service.ts';
export type { BuildWorker, Readiness, ServiceContext, Worker } from './worker.ts';
