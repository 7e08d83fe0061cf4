/** The sentences of a record's story: those of the core, without bookkeeping that has no consequence. */
import { explain, type Decision } from '@concord/core';

/** One sentence a decision. */
export function sentenceOf(decision: Decision): string | null {
  return decision.type === 'observed' || decision.type === 'outcome_dropped' ? null : explain(decision);
}
