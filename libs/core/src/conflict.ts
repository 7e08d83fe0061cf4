/** A true concurrent edit once it is decided: the same form whether a field, a unit or a whole record met another. */
import type { ConflictResolved } from './decisions.ts';
import type { Verdict } from './policies.ts';
import type { Incoming, Turn } from './turn.ts';

type Verdicts = 'type' | 'winner' | 'byTieBreak' | 'version';

export function resolved(
  met: Omit<ConflictResolved, Verdicts>,
  { winner, byTieBreak }: Verdict,
  version: number,
): ConflictResolved {
  const conflict = { type: 'conflict_resolved', ...met, winner, version } as const;
  return byTieBreak ? { ...conflict, byTieBreak } : conflict;
}

/** The version of the record once an edit has won or lost. */
export function versionAfter(turn: Turn, incoming: Incoming, { winner }: Verdict): number {
  return winner === 'incoming' ? incoming.version : turn.draft.state.version;
}
