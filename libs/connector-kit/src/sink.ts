/**
 * What a target adapter does: execute commands so that each has its effect exactly once, guarded by the values it expects
 * to replace, and say what became of each.
 *
 * Contract of `apply`. The batch is in order and holds at most one command per record. One outcome is returned per command,
 * in the same order. A command that was executed before (a redelivery) is not executed again: its remembered outcome is
 * returned, or none if it is older than what is remembered, since outcomes are published before the next batch is applied.
 * When the system cannot be reached or the result is not known, `apply` throws a ConnectorError with reaction `retry`;
 * calling it again with the same batch is safe at any time, also from another process.
 */
import type { CommandOutcome, Operation, Values } from '@concord/core';

export type TargetCommand = {
  readonly entity: string;
  readonly recordId: string;
  readonly stream: string;
  readonly sequence: number;
  readonly operation: Operation;
  readonly nativeId: string | null;
  /** Canonical names and values; the adapter maps them to native ones. */
  readonly values: Values;
  readonly expected: Values;
};

export type TargetOutcome = Omit<CommandOutcome, 'kind' | 'system'> & {
  readonly entity: string;
  readonly recordId: string;
};

export interface ChangeSink {
  apply(batch: readonly TargetCommand[]): Promise<readonly TargetOutcome[]>;
  close(): Promise<void>;
}

/**
 * Durable progress of a sink whose system has no transactions of its own to keep it in. `intended` is written before the
 * call and `done` after it; commands between the two are in doubt after a crash and are looked up before being repeated.
 */
export type StreamProgress = {
  readonly stream: string;
  readonly intended: number;
  readonly done: number;
  readonly outcomes: readonly TargetOutcome[];
};

export interface ProgressStore {
  load(streams: readonly string[]): Promise<readonly StreamProgress[]>;
  /** Moves `intended` up; throws a ConnectorError (`sink.fenced`, halt) when another process moved the stream meanwhile. */
  intend(progress: readonly StreamProgress[], previous: readonly StreamProgress[]): Promise<void>;
  /** Moves `done` up and remembers the outcomes of the batch. */
  finish(progress: readonly StreamProgress[]): Promise<void>;
}
