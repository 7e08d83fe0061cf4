/** Runs histories with one defect planted until one of them is caught. */
import { isCoreDefect } from './defects.ts';
import type { Defect } from './defects.ts';
import { simulationWith } from './mutation.ts';
import { SOUND } from '../procedures.ts';

export type Catch = {
  readonly name: string;
  /** The kind of the violation that gave it away, null when nothing did. */
  readonly caughtBy: string | null;
  readonly seeds: number;
  /** Why it could not be planted at all. */
  readonly reason?: string;
};

export async function plant(defect: Defect, seedsMax: number): Promise<Catch> {
  try {
    return await plantSafely(defect, seedsMax);
  } catch (error) {
    // Its text is not in today's source: nothing was tried, so nothing was caught.
    return { name: defect.name, caughtBy: null, seeds: 0, reason: String(error) };
  }
}

async function plantSafely(defect: Defect, seedsMax: number): Promise<Catch> {
  const { runHistory } = await simulationWith(defect);
  const procedures = isCoreDefect(defect) ? SOUND : { ...SOUND, ...defect.breaks };
  for (let seed = 1; seed <= seedsMax; seed++) {
    const [violation] = runHistory(seed, { procedures }).violations;
    if (violation !== undefined) return { name: defect.name, caughtBy: violation.kind, seeds: seed };
  }
  return { name: defect.name, caughtBy: null, seeds: seedsMax };
}
