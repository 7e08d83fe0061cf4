/**
 * The vocabulary of the core: values, rules, inputs, commands and record state. Everything here is plain, immutable data.
 * Terms are those of docs/GLOSSARY.md.
 */

/**
 * A canonical value. Numbers that a double cannot carry exactly (int8, numeric, currency) are strings in canonical
 * decimal form; dates are `YYYY-MM-DD`, timestamps ISO 8601 in UTC with at most microseconds.
 */
export type Value = null | boolean | number | string;
export type Values = Readonly<Record<string, Value>>;

export type TextType = {
  readonly kind: 'string';
  readonly lengthMax?: number;
  /** The system drops surrounding white space. */
  readonly trimmed?: boolean;
  /** The system keeps no empty text. (Salesforce does both.) */
  readonly emptyIsNull?: boolean;
  /**
   * Of a canonical type: brings a text into the form that it has there (lower case, E.164). Pure and idempotent. Copies keep
   * the form in which their users wrote, and agree as long as they differ in form alone.
   */
  readonly normalize?: (text: string) => string;
};

export type FieldType =
  | TextType
  /** `nullIsFalse`: the system has no third state (a Salesforce checkbox). */
  | { readonly kind: 'boolean'; readonly nullIsFalse?: boolean }
  | { readonly kind: 'integer' }
  | { readonly kind: 'decimal'; readonly scale?: number }
  | { readonly kind: 'double' }
  | { readonly kind: 'date' }
  | { readonly kind: 'timestamp'; readonly fractionDigits: number }
  | { readonly kind: 'time' }
  | { readonly kind: 'json' }
  | { readonly kind: 'bytes' }
  /** Distinct texts without an order (sets.ts). `emptyIsNull`: the system keeps no empty set (a Salesforce picklist). */
  | { readonly kind: 'set'; readonly emptyIsNull?: boolean };

export type LastWriteWins = {
  readonly kind: 'last_write_wins';
  /** Clocks may be that far apart: two times within the bound tell nothing, and the tie-break answers. 0 by default. */
  readonly skewBoundMs?: number;
  /** Systems, the strongest first. Those that are not named come last; among equals the greater name wins. */
  readonly tieBreak?: readonly string[];
};

/** Who wins a true concurrent edit of one field. Every policy is total and deterministic. */
export type ConflictPolicy =
  | LastWriteWins
  | { readonly kind: 'field_level_priority'; readonly system: string }
  | { readonly kind: 'source_priority'; readonly order: readonly string[] }
  /** The larger or smaller value in the order of the canonical type (order.ts); null loses always. */
  | { readonly kind: 'max' }
  | { readonly kind: 'min' }
  /** A person answers: the canonical value stays and the field waits in review (review.ts), the rest of the record flows. */
  | { readonly kind: 'manual' };

/** Concurrent edits both count (merge.ts). Where there is nothing to merge, the last write wins. */
export type MergePolicy =
  /** Of numbers: every edit is the difference that it made, and differences add up. */
  | { readonly kind: 'counter' }
  /** Of sets: concurrent edits are united, so one that removes loses to one that did not know. */
  | { readonly kind: 'set_union' }
  /** Of sets: every edit is what it added and removed. */
  | { readonly kind: 'set_delta' };

/**
 * Each system has a field of its own that only it may change, shown beside the others'; the field with this policy is
 * computed from them (computed.ts) and nobody's to edit, whatever the accesses say.
 */
export type PairedPolicy = {
  readonly kind: 'paired';
  /** The own field of each system. */
  readonly own: Readonly<Record<string, string>>;
  /** How the effective value follows from the own values that are not null. */
  readonly effective: EffectiveRule;
};
export type EffectiveRule = Extract<ConflictPolicy, { kind: 'last_write_wins' | 'source_priority' | 'max' | 'min' }>;

export type FieldPolicy = ConflictPolicy | MergePolicy | PairedPolicy;

/** What happens to an edit that a system makes in a field which may not flow out of it. */
export type TargetEdit = 'overwritten' | 'kept' | 'reported';

/** One field as one system has it. `type` is that system's own type: the projection values are compared in. */
export type FieldAccess = {
  readonly type: FieldType;
  /** Edits of this system flow into the canonical record. */
  readonly read: boolean;
  /** Concord may write the field in this system. */
  readonly write: boolean;
  readonly targetEdit: TargetEdit;
  /**
   * Emptying the field in this system says nothing: the canonical value stays, and the copy stays empty until the value
   * changes. Not of units, which flow as a whole, nor while a person is asked.
   */
  readonly ignoresNulls?: boolean;
};

export type SystemRules = {
  readonly fields: Readonly<Record<string, FieldAccess>>;
  /** Deletes and creates made by users of this system flow into the canonical record. */
  readonly readExistence: boolean;
  /** Concord may create and delete records in this system. */
  readonly writeExistence: boolean;
  /** What happens to a delete that may not flow out of this system. Made good by default; else the record stays away there. */
  readonly targetDelete?: TargetEdit;
  /**
   * Our deletes are marked in the stream like our other writes. Where they are not (Salesforce), an unmarked delete that
   * meets a delete of ours still under way is taken for it.
   */
  readonly deletesMarked?: boolean;
  /**
   * How our own writes are known in the stream (echo-kinds.ts). `marked`, by default: each with its command. `ours`: as
   * ours, so a trigger's answer in an event of its own can be taken for the next write. `values`: by what they show, so a
   * user who writes the same is taken for us, and what a trigger made of a write may pass for an edit. `polled`: there is no
   * stream, only rows and their absence, so edits between two looks are one, and one that is undone is never seen.
   */
  readonly echoes?: 'marked' | 'ours' | 'values' | 'polled';
  /** The field in which this system says when a record was last changed (spoken-at.ts); it must flow out of the system. */
  readonly timestampField?: string;
  /**
   * Nobody listens to this system (a pure target that is not captured): what was applied counts as held, writes carry no
   * guard, and what its own users change there is neither seen nor kept.
   */
  readonly unobserved?: boolean;
};

export type FieldRules = { readonly type: FieldType; readonly policy: FieldPolicy };

/** The rules of one entity: what `apply` derived from the config and the systems' own descriptions. */
export type EntityRules = {
  readonly entity: string;
  readonly fields: Readonly<Record<string, FieldRules>>;
  /**
   * Fields that are one unit (groups.ts), by the name of the unit: an address. The policy of the first counts for all.
   * Fields of which both sides of a conflict count (counters, sets) are never part of one.
   */
  readonly groups?: Readonly<Record<string, readonly string[]>>;
  readonly systems: Readonly<Record<string, SystemRules>>;
  /** `manual`: existence waits in review, like a field whose policy is `manual`. */
  readonly deletePolicy: 'delete_wins' | 'update_wins' | 'manual';
  readonly loopPrevention?: LoopPrevention;
  readonly ownership?: RecordOwnership;
};

/** Which system owns a record, by what is in it (ownership.ts): the first rule that holds counts; null or none is shared. */
export type RecordOwnership = {
  readonly rules: readonly { readonly when: Condition; readonly owner: string | null }[];
  /** What happens to the edits and deletes of others. */
  readonly targetEdit: TargetEdit;
};
export type Condition =
  | { readonly field: string; readonly in: readonly Value[] }
  | { readonly all: readonly Condition[] }
  | { readonly any: readonly Condition[] }
  | { readonly not: Condition };

/** How many automatic changes may follow each other in one field before it is frozen (loop.ts), and within what time. */
export type LoopPrevention = { readonly maxUpdates: number; readonly windowMs: number };

/** The place of a change in its source. Positions of one system compare as strings; a later change has a greater one. */
export type Position = string;

/** The sequence of a command in its stream (entity, partition): with the record it names the command. */
export type CommandSequence = number;

/** A fact from a system's own change stream, in canonical names and types. */
export type SourceChange = {
  readonly kind: 'change';
  readonly system: string;
  readonly position: Position;
  /** Commit time by the source's own clock, ms since the epoch. Never used to detect a conflict. */
  readonly at: number;
  readonly nativeId: string;
  /** The id that the record had before, when this change gave it another one (a changed key). */
  readonly previousNativeId?: string;
  readonly existence: 'exists' | 'deleted';
  /** The values that the event carries: the whole record when `complete`, else those the event says were written. */
  readonly values: Values;
  /** A field that a complete event leaves out is null if nothing is known of it yet, and unchanged otherwise. */
  readonly complete: boolean;
  /**
   * A row read outside the stream. Where the source can say which stream position the row stands at, `position` says so.
   * Where it cannot, `position` is '' and `at`, the moment as of which the row is known to hold, orders it instead:
   * streamed changes that are not later are already in the row.
   */
  readonly snapshot: boolean;
  /** The command of ours whose write this event is, when the stream marks it; `ours` when it only says that we wrote. */
  readonly echo: CommandSequence | 'ours' | null;
  /** The record under whose id it came, where that is an alias by now: what its mark names was sent for that one. */
  readonly record?: string;
  readonly transaction: string;
};

/** What became of a command, as its executor says. */
export type CommandOutcome = {
  readonly kind: 'outcome';
  readonly system: string;
  readonly sequence: CommandSequence;
  readonly result: 'applied' | 'stale' | 'rejected' | 'waiting';
  /** For `stale`: the fields whose guard failed, where the target can tell; empty means any of them. */
  readonly staleFields: readonly string[];
  /** The id that the target gave to a record it created, or null. */
  readonly nativeId: string | null;
  /** When it was executed, by the clock that stamps the rows: where only rows are told, it tells which were read later. */
  readonly at?: number;
  /** As in SourceChange. */
  readonly record?: string;
  /** Error code and text for `rejected` and `waiting`. */
  readonly code: string | null;
  readonly reason: string | null;
};

/**
 * A person's answer to a review. `revision` is the one that the person had seen: nobody decides on what they have not. Of
 * a unit (a field group) any field in review may be named, and the answer is for all; its revision is the newest of them.
 */
export type Resolution = {
  readonly kind: 'resolution';
  readonly field: string;
  /**
   * A system's candidates, the canonical values as they stand, or values of the person's own (of existence: a boolean).
   * What `values` leaves out of a unit stays as it is; `value` is that of the field alone.
   */
  readonly choice: ReviewChoice;
  readonly revision: number;
  readonly by: string;
  readonly at: number;
};
export type ReviewChoice =
  { readonly system: string } | { readonly canonical: true } | { readonly value: Value } | { readonly values: Values };

export type Input = SourceChange | CommandOutcome | Resolution;

export type Operation = 'create' | 'update' | 'delete';

/** What a system must be told: the smallest set of fields, each with the value it is expected to replace (the guard). */
export type Command = {
  readonly sequence: CommandSequence;
  readonly operation: Operation;
  /** Null for a create that is not executed yet. */
  readonly nativeId: string | null;
  readonly values: Values;
  /** The canonical version of each value, so that its echo tells which version the system then holds. */
  readonly versions: Readonly<Record<string, number>>;
  readonly expected: Values;
  /** As its outcome told it. */
  readonly executedAt?: number;
  /** The record under whose id it was sent, where that one has been merged into this one since. */
  readonly record?: string;
};
