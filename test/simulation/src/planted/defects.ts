/** What is planted: a name, what is wrong, and where. The simulation has to catch each one. */
import { CORE_DEFECTS } from './core-defects.ts';
import { POLICY_DEFECTS } from './policy-defects.ts';
import { PROCESS_DEFECTS } from './process-defects.ts';
import type { Procedures } from '../procedures.ts';

/** Some text of libs/core that is replaced while it is loaded. It must occur exactly once (planted.test.ts). */
export type CoreDefect = {
  readonly name: string;
  readonly meaning: string;
  readonly file: string;
  readonly find: string;
  readonly replace: string;
};

/** A promise of the processes between the systems that is not kept. */
export type ProcessDefect = {
  readonly name: string;
  readonly meaning: string;
  readonly breaks: Partial<Procedures>;
};

export type Defect = CoreDefect | ProcessDefect;

export const DEFECTS: readonly Defect[] = [...CORE_DEFECTS, ...POLICY_DEFECTS, ...PROCESS_DEFECTS];

export function isCoreDefect(defect: Defect): defect is CoreDefect {
  return 'file' in defect;
}
