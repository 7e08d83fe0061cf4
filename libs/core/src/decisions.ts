/**
 * What the core decided, in the past tense, as data: enough to rebuild the state (`evolve`) and enough to tell an SRE why
 * (which version a system had seen, which policy answered, who lost). Decisions of one input come in the order in which
 * they were taken; every input yields at least one.
 */
import type { Candidate, ChainLink, SystemState } from './state.ts';
import type {
  Command,
  CommandSequence,
  EffectiveRule,
  FieldPolicy,
  MergePolicy,
  Position,
  ReviewChoice,
  SourceChange,
  TargetEdit,
  Value,
  Values,
} from './types.ts';

/** One field of a decision. `baseVersion` is what the system had seen, null when nothing was known of it before. */
export type FieldChange = {
  readonly field: string;
  /** As the system holds it. */
  readonly held: Value;
  /** As the canonical record has it from now on. */
  readonly value: Value;
  readonly baseVersion: number | null;
  readonly previous: Value;
  /** The oldest version since which no user has spoken: for a user's edit the new one. */
  readonly basis: number;
  /** Where loops are watched for: the changes that this one continues (loop.ts), itself the last. */
  readonly chain?: readonly ChainLink[];
  /** The version that the system is left with, where what it holds is not yet the new value (a sum, a united set). */
  readonly shadow?: number;
};

export type FieldSighting = {
  readonly field: string;
  readonly held: Value;
  /** The canonical version that the system is known to have from now on. */
  readonly version: number;
  /** The system said the same by itself, and its word is the stronger one (agreement.ts): the value counts as its, of then. */
  readonly spokenAt?: number;
};

/** One side of a conflict. For existence the value is a boolean; `values` are the update's, or what the delete takes away. */
export type ConflictSide = {
  readonly system: string;
  readonly value: Value;
  readonly at: number;
  readonly values?: Values;
};

/** `<incoming>_<canonical>`: `update_delete` is an update that meets an unseen delete. */
export type ConflictKind = 'update_update' | 'create_create' | 'update_delete' | 'delete_update';
export type ReviewKind = ConflictKind | 'loop';
export type PolicyName = FieldPolicy['kind'] | 'delete_wins' | 'update_wins' | 'loop_prevention' | 'record_ownership';

/** Where a decision on a source change stands in its stream. */
type OfChange = { readonly system: string; readonly position: Position };

export type Decision =
  /** The change was seen before, or is contained in a snapshot row that was. Nothing happened. */
  | (OfChange & {
      readonly type: 'duplicate_dropped';
      readonly reason: 'position_seen' | 'before_snapshot' | 'snapshot_outdated';
    })
  /** The change cannot be of this record: its system is not in the rules, or it holds the record under another id. */
  | (OfChange & {
      readonly type: 'change_ignored';
      readonly reason: 'unknown_system' | 'second_copy';
      readonly nativeId: string;
    })
  /** The row may be the work of a command of ours that is still without outcome: it waits for that. */
  | (OfChange & { readonly type: 'row_held'; readonly row: SourceChange })
  /** It is known now whose the rows are: they are decided next. */
  | { readonly type: 'rows_released'; readonly system: string }
  /** The stream of the system has moved on. */
  | (OfChange & {
      readonly type: 'observed';
      readonly at: number;
      /** Null when the change is a delete. */
      readonly nativeId: string | null;
      readonly snapshot: boolean;
      /** A row that can only be read if the command in flight has been executed. */
      readonly showsExecution: boolean;
    })
  | Echoed
  /** Values became known that say nothing about a user's will: first contact, or a copy the delete has yet to reach. */
  | (OfChange & { readonly type: 'learned'; readonly fields: readonly FieldSighting[] })
  | (OfChange & { readonly type: 'existence_learned'; readonly exists: boolean; readonly version: number })
  | (OfChange & { readonly type: 'existence_agreed'; readonly exists: boolean; readonly version: number })
  | (OfChange & {
      readonly type: 'existence_fast_forwarded';
      readonly exists: boolean;
      readonly version: number;
      readonly baseVersion: number;
      readonly at: number;
      /** Fields of an earlier incarnation that start again from nothing: those of which the system is a source. */
      readonly reset: readonly string[];
      /** What a delete takes away: the canonical record as it was. */
      readonly values: Values;
    })
  /** The system had seen the canonical value that its user replaced. */
  | (OfChange & {
      readonly type: 'fast_forwarded';
      readonly version: number;
      readonly at: number;
      readonly fields: readonly FieldChange[];
    })
  /** The same for what a trigger, flow or rounding made of our own write. */
  | (OfChange & {
      readonly type: 'derived';
      readonly sequence: CommandSequence;
      readonly version: number;
      readonly at: number;
      readonly fields: readonly FieldChange[];
    })
  /** The same, but the canonical record has moved on since: the newer value will get the same treatment. */
  | (OfChange & { readonly type: 'derived_superseded'; readonly fields: readonly FieldSighting[] })
  /** The system arrived at the canonical value by itself. */
  | (OfChange & { readonly type: 'agreed'; readonly fields: readonly FieldSighting[] })
  | ConflictResolved
  | ReviewDecision
  | IdentityDecision
  | Merged
  | Computed
  /** An edit where edits may not flow from. `derived`: the system altered our own write, which is never fought. */
  | (OfChange & {
      readonly type: 'override_reported';
      readonly field: string;
      readonly held: Value;
      readonly canonical: Value;
      readonly canonicalVersion: number;
      readonly treatment: TargetEdit;
      readonly derived: boolean;
      /**
       * The record is another system's, or an emptied field says nothing there; without a reason the field (or existence)
       * never flows from there.
       */
      readonly reason?: 'record_ownership' | 'nulls_ignored';
      /** As in FieldChange: the same value again and again in answer to ours. */
      readonly chain?: readonly ChainLink[];
    })
  | { readonly type: 'command_issued'; readonly system: string; readonly command: Command }
  | {
      readonly type: 'outcome_recorded';
      readonly system: string;
      readonly sequence: CommandSequence;
      readonly result: 'applied' | 'stale' | 'rejected' | 'waiting';
      /** A snapshot row has shown the execution before: no echo is waited for. */
      readonly shown: boolean;
      /** Fields that now wait for an event of the system. */
      readonly waiting: readonly string[];
      /** Canonical versions that will not be sent again. */
      readonly rejected: Readonly<Record<string, number>>;
      readonly nativeId: string | null;
      readonly at?: number;
      readonly code: string | null;
      readonly reason: string | null;
    }
  /** The outcome came after the echo, twice, or for a command that is void. */
  | { readonly type: 'outcome_dropped'; readonly system: string; readonly sequence: CommandSequence };

/** Our own writes came back. `implied` were executed earlier and their echoes will not come any more. */
export type Echoed = OfChange & {
  readonly type: 'echoed';
  readonly sequence: CommandSequence;
  /** The record for which the command was sent, where that is an alias by now. */
  readonly record?: string;
  readonly operation: Command['operation'];
  readonly fields: readonly string[];
  readonly implied: readonly CommandSequence[];
  /** A snapshot row has already told what the system holds since. */
  readonly outdated: boolean;
};

/** A true concurrent edit. Both sides are on record, whoever won. */
export type ConflictResolved = OfChange & {
  readonly type: 'conflict_resolved';
  readonly field: string;
  /** The unit that the field is part of: all of its fields have the same winner, and times are those of the unit. */
  readonly group?: string;
  readonly kind: ConflictKind;
  readonly policy: PolicyName;
  readonly baseVersion: number | null;
  readonly canonicalVersion: number;
  /** The incoming value as the system holds it. */
  readonly held: Value;
  readonly incoming: ConflictSide;
  readonly canonical: ConflictSide;
  readonly winner: 'incoming' | 'canonical';
  /** The policy could not tell the sides apart (equal ranks and times, or times within the skew bound). */
  readonly byTieBreak?: true;
  /** The record's version afterwards; unchanged when the canonical side won. */
  readonly version: number;
  /** The incoming side is not a user's edit but what the system made of our write. */
  readonly derived: boolean;
  /** The incoming side is the canonical value of a record that was found to be this one. */
  readonly absorbed?: string;
};

/** What happens to a review, from the true concurrent edit that opens it to a person's answer. `system` is '' for people. */
export type ReviewDecision =
  | ReviewOpened
  | LoopDetected
  /** A system has another candidate, or with null none any more: it arrived at the canonical value. */
  | (OfChange & {
      readonly type: 'review_updated';
      readonly field: string;
      readonly revision: number;
      readonly candidate: Candidate | null;
      readonly held: Value;
    })
  /** Nothing is left to decide: no candidate differs any more, or the record is gone. */
  | (OfChange & {
      readonly type: 'review_closed';
      readonly field: string;
      readonly reason: 'agreed' | 'deleted' | 'detached';
      readonly candidates: Readonly<Record<string, Candidate>>;
    })
  | {
      readonly type: 'review_resolved';
      readonly system: '';
      readonly field: string;
      /** The unit that the field is part of: it is decided as one, in decisions of the same version. */
      readonly group?: string;
      readonly kind: ReviewKind;
      readonly by: string;
      readonly at: number;
      readonly revision: number;
      readonly choice: ReviewChoice;
      readonly previous: Value;
      readonly value: Value;
      readonly version: number;
      /** All that the person could have chosen instead. */
      readonly candidates: Readonly<Record<string, Candidate>>;
    }
  | {
      readonly type: 'resolution_refused';
      readonly system: '';
      readonly field: string;
      readonly by: string;
      readonly at: number;
      readonly revision: number;
      readonly reason: 'no_review' | 'outdated' | 'no_candidate';
    };

/** A true concurrent edit whose answer is a person's: the canonical side stays until it comes. */
export type ReviewOpened = ReviewSides & { readonly type: 'review_opened' };

/** Systems' automation answered each other beyond the bound: the change is not taken over and the field is in review. */
export type LoopDetected = ReviewSides & {
  readonly type: 'loop_detected';
  /** Oldest first; the last one is the change that was not taken over. */
  readonly cycle: readonly ChainLink[];
  readonly candidates: Readonly<Record<string, Candidate>>;
};

type ReviewSides = OfChange & {
  readonly field: string;
  /** The unit that the field is part of. */
  readonly group?: string;
  readonly kind: ReviewKind;
  readonly policy: PolicyName;
  readonly revision: number;
  readonly baseVersion: number | null;
  readonly canonicalVersion: number;
  /** The incoming value as the system holds it. */
  readonly held: Value;
  readonly incoming: ConflictSide;
  readonly canonical: ConflictSide;
  /** The incoming side may be what the system made of our write. */
  readonly derived: boolean;
  /** The incoming side is the canonical value of a record that was found to be this one. */
  readonly absorbed?: string;
};

/** What is decided about whose a copy is (identity.ts). `system` is '' where it concerns the record as a whole. */
type IdentityDecision =
  | RecordAbsorbed
  | ({
      readonly type: 'absorb_refused';
      readonly system: '';
      readonly record: string;
      readonly at: number;
    } & AbsorbRefusal)
  /** This record is an alias from now on. */
  | {
      readonly type: 'record_merged';
      readonly system: '';
      readonly record: string;
      readonly version: number;
      readonly at: number;
    }
  /** What came under the id of an alias is for the other record; `sequence` for an outcome or a mark. */
  | {
      readonly type: 'change_forwarded';
      readonly system: string;
      readonly position: Position | null;
      readonly sequence: CommandSequence | null;
      readonly record: string;
    }
  /** A link was moved: the copy is not of this record. `isLast`: nobody else holds it, so the record ends. */
  | {
      readonly type: 'copy_detached';
      readonly system: string;
      readonly nativeId: string | null;
      readonly isLast: boolean;
      readonly version: number;
      readonly at: number;
    };

export type AbsorbRefusal = {
  readonly reason: 'is_alias' | 'two_copies' | 'in_review' | 'deleted';
  /** Where both records have a copy. */
  readonly systems: readonly string[];
};

/** The canonical value of the absorbed record where this one had none, or both together. */
export type TakenField = {
  readonly field: string;
  readonly value: Value;
  readonly previous: Value;
  readonly origin: string;
  readonly at: number;
};

type RecordAbsorbed = {
  readonly type: 'record_absorbed';
  readonly system: '';
  readonly record: string;
  readonly version: number;
  readonly at: number;
  readonly fields: readonly TakenField[];
  readonly agreed: readonly string[];
  /** The systems whose copies are this record's from now on, with what is under way to them. */
  readonly copies: Readonly<Record<string, SystemState>>;
};

/** An effective value that follows from systems' own values (computed.ts). It is written everywhere, edited nowhere. */
export type Computed = OfChange & {
  readonly type: 'computed';
  readonly field: string;
  readonly policy: 'paired';
  readonly rule: EffectiveRule['kind'];
  /** All own values, also those that are nothing. */
  readonly sources: readonly ComputedSource[];
  /** The system whose value it is; null when no system has one. */
  readonly chosen: string | null;
  readonly previous: Value;
  readonly value: Value;
  readonly version: number;
  readonly at: number;
};

export type ComputedSource = {
  readonly system: string;
  readonly field: string;
  readonly value: Value;
  readonly version: number;
  readonly at: number;
};

/** Concurrent edits that both count. Both sides are on record, though nobody lost; `value` is what came of them. */
export type Merged = OfChange & {
  readonly type: 'merged';
  readonly field: string;
  readonly kind: 'update_update' | 'create_create';
  readonly policy: MergePolicy['kind'];
  readonly baseVersion: number | null;
  /** What the system held before: the edit is the difference. Null on first contact. */
  readonly base: Value;
  readonly canonicalVersion: number;
  /** The incoming value as the system holds it. */
  readonly held: Value;
  readonly incoming: ConflictSide;
  readonly canonical: ConflictSide;
  /** The canonical value from now on; if it is the one before, nothing changed and neither did the version. */
  readonly value: Value;
  readonly chain?: readonly ChainLink[];
  /** The version that the system is known to hold: the new one only if it cannot tell the new value from its own. */
  readonly shadow: number;
  /** The record's version afterwards. */
  readonly version: number;
  /** The incoming side is not a user's edit but what the system made of our write. */
  readonly derived: boolean;
};
