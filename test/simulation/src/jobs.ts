/** What a thread can be asked to do, and its answer. Both travel as messages. */
import { DEFECTS } from './planted/defects.ts';
import { plant } from './planted/plant.ts';
import type { Catch } from './planted/plant.ts';
import { runHistories } from './run.ts';
import type { Histories } from './run.ts';

export type Job =
  | { readonly kind: 'histories'; readonly first: number; readonly count: number }
  | { readonly kind: 'planted'; readonly name: string; readonly seedsMax: number };

export type Answer =
  { readonly kind: 'histories'; readonly histories: Histories } | { readonly kind: 'planted'; readonly caught: Catch };

export async function work(job: Job): Promise<Answer> {
  switch (job.kind) {
    case 'histories':
      return { kind: 'histories', histories: runHistories(job.first, job.count) };
    case 'planted': {
      const defect = DEFECTS.find(({ name }) => name === job.name);
      if (defect === undefined) throw new RangeError(`No defect is called "${job.name}"`);
      return { kind: 'planted', caught: await plant(defect, job.seedsMax) };
    }
    default:
      throw new TypeError(`Unknown job ${JSON.stringify(job)}`);
  }
}

const HISTORIES_PER_JOB = 250;

export function historyJobs(first: number, count: number): Job[] {
  const jobs: Job[] = [];
  for (let from = first; from < first + count; from += HISTORIES_PER_JOB) {
    jobs.push({ kind: 'histories', first: from, count: Math.min(HISTORIES_PER_JOB, first + count - from) });
  }
  return jobs;
}

export function plantedJobs(seedsMax: number): Job[] {
  return DEFECTS.map(({ name }) => ({ kind: 'planted', name, seedsMax }));
}
