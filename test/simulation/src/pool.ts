/** Threads that share a list of jobs. A history is all computation, so there is one thread for each processor. */
import { availableParallelism } from 'node:os';
import { Worker } from 'node:worker_threads';
import type { Answer, Job } from './jobs.ts';

export async function runJobs(
  jobs: readonly Job[],
  onAnswer: (answer: Answer) => void,
  threads: number = availableParallelism(),
): Promise<void> {
  const waiting = [...jobs];
  const count = Math.min(threads, jobs.length);
  await Promise.all(Array.from({ length: count }, async () => await runThread(waiting, onAnswer)));
}

async function runThread(waiting: Job[], onAnswer: (answer: Answer) => void): Promise<void> {
  // The flags of this process are not its threads' business: under a test runner they name loaders.
  const worker = new Worker(new URL('./worker.ts', import.meta.url), { execArgv: [] });
  try {
    await new Promise<void>((resolve, reject) => {
      const next = (): void => {
        const job = waiting.shift();
        // oxlint-disable-next-line unicorn/require-post-message-target-origin -- of windows; this is a thread
        if (job !== undefined) return worker.postMessage(job);
        return resolve();
      };
      worker.on('error', reject);
      worker.on('message', (answer: Answer) => {
        onAnswer(answer);
        next();
      });
      next();
    });
  } finally {
    await worker.terminate();
  }
}
