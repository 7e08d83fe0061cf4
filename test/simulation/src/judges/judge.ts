/**
 * A judge of one law. It sees what users do, what commands do and which decisions are recorded, looks at the rows of the
 * systems when it likes, and never at a state of the core.
 */
import type { CommandOutcome, Decision, Value, Values } from '@concord/core';
import type { WorldOptions } from '../options.ts';
import type { Row, WireCommand } from '../system.ts';

/** What a user put into a field, and what stood there on that user's screen. */
export type UserWrite = {
  readonly record: string;
  readonly system: string;
  readonly field: string;
  readonly value: Value;
  readonly over: Value;
  /** The whole row as it was, with nothing in it if the user made it. */
  readonly before: Values;
};

export type Judge = {
  readonly userCreated?: (system: string, record: string) => void;
  readonly userDeleted?: (system: string, record: string, values: Values) => void;
  readonly userWrote?: (write: UserWrite) => void;
  readonly executed?: (command: WireCommand, outcome: CommandOutcome) => void;
  readonly decided?: (record: string, decision: Decision) => void;
  /** What a reviewer meant with the answer given under that name. */
  readonly answered?: (by: string, values: Values) => void;
  /** The field waits for a person: copies may differ. */
  readonly isOpen?: (record: string, field: string) => boolean;
  readonly atRest?: () => void;
};

export type JudgeNeeds = {
  readonly options: WorldOptions;
  readonly report: (kind: string, detail: string) => void;
  /** The rows of every system, by its name. */
  readonly rows: ReadonlyMap<string, ReadonlyMap<string, Row>>;
  /** The field may stay different in that system: refused there, overridden for good, or waiting for a person. */
  readonly isParted: (system: string, record: string, field: string) => boolean;
  /** These values are on record, or were knowingly replaced: none of them is lost. */
  readonly account: (record: string, values: Values) => void;
  /** A person has said the value once more. */
  readonly countWrite: (record: string, field: string, value: Value) => void;
  /** The record may be created once more in every system. */
  readonly countBirth: (record: string) => void;
};
