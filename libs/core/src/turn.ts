/**
 * One turn: a draft of the state and the decisions taken so far. `take` is the only way forward, so whatever is decided
 * next already sees what was decided before, and state and decisions can never part.
 */
import type { Decision, Echoed } from './decisions.ts';
import type { Draft } from './draft.ts';
import { apply } from './evolve.ts';
import type { Claim } from './ownership.ts';
import type { CompiledRules, CompiledSystem } from './rules.ts';
import type { CommandSequence, SourceChange } from './types.ts';

export type Turn = { readonly draft: Draft; readonly rules: CompiledRules; readonly decisions: Decision[] };

/** A change of which it is known whose write it is. */
export type MarkedChange = Omit<SourceChange, 'echo'> & { readonly echo: CommandSequence | null };

/** A change on its way through the decisions, with what all of them need to know. */
export type Incoming = {
  readonly change: MarkedChange;
  readonly system: CompiledSystem;
  /** The version of whatever this change makes canonical. */
  readonly version: number;
  /** The system did not hold the record before this change, as far as its stream had told. */
  readonly isNew: boolean;
  /** Whether the system may speak for the record; null where records have no owners. */
  readonly claim: Claim | null;
  /** The command of ours that this very change shows, as decided; null when it shows none that was still awaited. */
  readonly echoed: Echoed | null;
};

export function take(turn: Turn, decision: Decision): void {
  turn.decisions.push(decision);
  apply(turn.draft, decision);
}
