/**
 * Repairs two faults of kafkajs 2.2.4. Its ways of writing and reading records are very slow (record-batch.ts,
 * record-reader.ts). And its request queue sets a timer after every response, also when nothing waits, and computes a
 * negative delay for it: that costs a timer per request, and Node prints a TimeoutNegativeWarning. With this the timer is
 * set only when requests wait, which is what it is for. kafkajs is pinned; tests fail when either repair is void.
 */
import { createRequire } from 'node:module';
import { replaceRecordEncoders } from './record-batch.ts';
import { replaceRecordDecoder } from './record-reader.ts';

type RequestQueue = { pending: unknown[]; scheduleCheckPendingRequests: () => void };

export const RequestQueueOfKafkaJs = createRequire(import.meta.url)('kafkajs/src/network/requestQueue') as {
  prototype: RequestQueue;
};

let isRepaired = false;

export function repairKafkaJs(): void {
  if (isRepaired) return;
  isRepaired = true;
  replaceRecordEncoders();
  replaceRecordDecoder();
  const schedule = RequestQueueOfKafkaJs.prototype.scheduleCheckPendingRequests;
  RequestQueueOfKafkaJs.prototype.scheduleCheckPendingRequests = function (this: RequestQueue): void {
    if (this.pending.length > 0) schedule.call(this);
  };
}
