/** A thread of the pool: one job at a time. */
import { parentPort } from 'node:worker_threads';
import { work } from './jobs.ts';
import type { Job } from './jobs.ts';

parentPort?.on('message', (job: Job) => {
  // oxlint-disable-next-line unicorn/require-post-message-target-origin -- of windows; this is a thread
  void work(job).then((answer) => parentPort?.postMessage(answer));
});
