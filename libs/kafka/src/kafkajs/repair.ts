/**
 * Repairs one fault of kafkajs 2.2.4: its request queue sets a timer after every response, also when nothing waits, and
 * computes a negative delay for it. That costs a timer per request, and Node prints a TimeoutNegativeWarning. With this
 * the timer is set only when requests wait, which is what it is for. kafkajs is pinned; a test fails when this is void.
 */
import { createRequire } from 'node:module';

type RequestQueue = { pending: unknown[]; scheduleCheckPendingRequests: () => void };

export const RequestQueueOfKafkaJs = createRequire(import.meta.url)('kafkajs/src/network/requestQueue') as {
  prototype: RequestQueue;
};

let isRepaired = false;

export function repairKafkaJs(): void {
  if (isRepaired) return;
  isRepaired = true;
  const schedule = RequestQueueOfKafkaJs.prototype.scheduleCheckPendingRequests;
  RequestQueueOfKafkaJs.prototype.scheduleCheckPendingRequests = function (this: RequestQueue): void {
    if (this.pending.length > 0) schedule.call(this);
  };
}
