// What every service is put together from.
export { openServiceBase, type ServiceBase, type ServiceContext } from './base.ts';
export { createConsumerWorker, type NamedConsumer, type Worker } from './consumer-worker.ts';
export { NoPlansError } from './errors.ts';
