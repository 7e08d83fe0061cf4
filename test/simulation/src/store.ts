/** The store: what the resolver keeps, changed by one commit per poll and only by the present owner of the partition. */
import { decodeState, encodeState, initialState } from '@concord/core';
import type { Decision, Input, RecordState } from '@concord/core';
import { PARTITIONS } from './broker.ts';
import type { Procedures } from './procedures.ts';
import type { WireCommand } from './system.ts';

export type Offsets = { readonly changes: number; readonly outcomes: number };

export type Commit = {
  readonly partition: number;
  readonly epoch: number;
  readonly from: Offsets;
  readonly offsets: Offsets;
  readonly lastSequence: number;
  readonly outbox: readonly WireCommand[];
  readonly states: ReadonlyMap<string, RecordState>;
  readonly steps: readonly CommittedStep[];
};

export type CommittedStep = {
  readonly record: string;
  readonly inputs: readonly Input[];
  readonly decisions: readonly Decision[];
  readonly after: RecordState;
};

export type Progress = {
  epoch: number;
  offsets: Offsets;
  lastSequence: number;
  outbox: readonly WireCommand[];
};

const READ_ONE_IN = 4;

export class Store {
  readonly #states = new Map<string, RecordState>();
  #kept = 0;
  readonly #progress: readonly Progress[];
  readonly #procedures: Procedures;
  readonly #onCommit: (commit: Commit) => void;

  constructor(procedures: Procedures, onCommit: (commit: Commit) => void) {
    this.#progress = PARTITIONS.map(() => ({
      epoch: 0,
      offsets: { changes: 0, outcomes: 0 },
      lastSequence: 0,
      outbox: [],
    }));
    this.#procedures = procedures;
    this.#onCommit = onCommit;
  }

  /** From now on commits of the former owner fail. */
  claim(partition: number): Readonly<Progress> {
    const progress = this.#of(partition);
    progress.epoch += 1;
    return { ...progress };
  }

  /** False when the caller was replaced: then nothing has changed. */
  commit(commit: Commit): boolean {
    const progress = this.#of(commit.partition);
    if (commit.epoch !== progress.epoch && this.#procedures.fences) return false;
    progress.offsets = commit.offsets;
    progress.lastSequence = commit.lastSequence;
    progress.outbox = commit.outbox;
    for (const [record, state] of commit.states) this.#states.set(record, this.#keep(state));
    this.#onCommit(commit);
    return true;
  }

  /** No part of the procedures: what happens where offsets are kept apart from the states. */
  moveOffsets(partition: number, offsets: Offsets): void {
    this.#of(partition).offsets = offsets;
  }

  state(record: string): RecordState {
    return this.#states.get(record) ?? initialState();
  }

  /** Every fourth is what comes of its stored form: all of them would take a quarter of a history's time. */
  #keep(state: RecordState): RecordState {
    this.#kept += 1;
    return this.#kept % READ_ONE_IN === 0 ? decodeState(encodeState(state)) : state;
  }

  has(record: string): boolean {
    return this.#states.has(record);
  }

  records(): readonly string[] {
    return [...this.#states.keys()];
  }

  #of(partition: number): Progress {
    const progress = this.#progress[partition];
    if (progress === undefined) throw new RangeError(`No partition ${partition}`);
    return progress;
  }
}
