/**
 * A judge of one law. It sees what users do, what commands do and which decisions are recorded, looks at the rows of the
 * systems when it likes, and never at a state of the core.
 */
import type { CommandOutcome, Decision, Value } from '@concord/core';
import type { WorldOptions } from '../options.ts';
import type { Row, WireCommand } from '../system.ts';

/** What a user put into a field, and what stood there on that user's screen. */
export type UserWrite = {
  readonly record: string;
  readonly system: string;
  readonly field: string;
  readonly value: Value;
  readonly over: Value;
};

export type Judge = {
  readonly userCreated?: (system: string, record: string) => void;
  readonly userDeleted?: (system: string, record: string) => void;
  readonly userWrote?: (write: UserWrite) => void;
  readonly executed?: (command: WireCommand, outcome: CommandOutcome) => void;
  readonly decided?: (record: string, decision: Decision) => void;
  readonly atRest?: () => void;
};

export type JudgeNeeds = {
  readonly options: WorldOptions;
  readonly report: (kind: string, detail: string) => void;
  /** The rows of every system, by its name. */
  readonly rows: ReadonlyMap<string, ReadonlyMap<string, Row>>;
  /** The field may stay different in that system: refused there, or overridden for good. */
  readonly isParted: (system: string, record: string, field: string) => boolean;
};
