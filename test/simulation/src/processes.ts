/**
 * The processes between the systems, each with what it keeps durably and what a crash takes from it. They follow the
 * procedures of design section 5: at-least-once reading, one commit per poll in the store, an outbox published after the
 * commit and again after a crash, progress kept in the target.
 */
import { decodeState, encodeState, evolve, initialState, step } from '@concord/core';
import type { CommandOutcome, Decision, EntityRules, Input, RecordState } from '@concord/core';
import type { Random } from '@concord/testing';
import type { SimulatedSystem, StreamEvent, WireCommand } from './system.ts';

/** A topic partition: an append-only list that consumers read from their own offsets. */
export type Log<T> = T[];
export type RecordInput = { readonly record: string; readonly input: Input };

/** Reads a system's stream into `changes`. A crash forgets how far it had come since the last checkpoint. */
export class Ingester {
  readonly system: SimulatedSystem;
  readonly #changes: Log<RecordInput>;
  #next = 0;
  #checkpoint = 0;

  constructor(system: SimulatedSystem, changes: Log<RecordInput>) {
    this.system = system;
    this.#changes = changes;
  }

  get hasWork(): boolean {
    return this.#next < this.system.stream.length;
  }

  run(random: Random): void {
    const batch: readonly StreamEvent[] = this.system.stream.slice(this.#next, this.#next + 1 + random.below(3));
    for (const { record, change } of batch) this.#changes.push({ record, input: change });
    this.#next += batch.length;
    if (random.chance(0.5)) this.#checkpoint = this.#next;
  }

  crash(): void {
    this.#next = this.#checkpoint;
  }
}

type Committed = {
  readonly record: string;
  readonly before: RecordState;
  readonly after: RecordState;
  readonly decisions: readonly Decision[];
};
export type ResolverDependencies = {
  readonly rules: EntityRules;
  readonly changes: Log<RecordInput>;
  readonly outcomes: Log<RecordInput>;
  readonly commands: ReadonlyMap<string, Log<WireCommand>>;
  readonly onCommit: (committed: Committed) => void;
};

/** Decides. Everything durable changes in one commit; the outbox of a commit is published until the next one replaces it. */
export class Resolver {
  readonly #needs: ResolverDependencies;
  readonly #states = new Map<string, string>();
  #offsets = { changes: 0, outcomes: 0 };
  #sequence = 1;
  #outbox: readonly WireCommand[] = [];
  #isPublished = true;

  constructor(needs: ResolverDependencies) {
    this.#needs = needs;
  }

  get hasInput(): boolean {
    const { changes, outcomes } = this.#needs;
    return this.#isPublished && (this.#offsets.changes < changes.length || this.#offsets.outcomes < outcomes.length);
  }

  get hasOutbox(): boolean {
    return !this.#isPublished;
  }

  state(record: string): RecordState {
    const stored = this.#states.get(record);
    return stored === undefined ? initialState() : decodeState(stored);
  }

  records(): readonly string[] {
    return [...this.#states.keys()];
  }

  /** One poll and its commit. Topics are read in any proportion; within each, order holds. */
  run(random: Random): void {
    const changes = this.#needs.changes.slice(this.#offsets.changes, this.#offsets.changes + random.below(4));
    const outcomes = this.#needs.outcomes.slice(this.#offsets.outcomes, this.#offsets.outcomes + random.below(3));
    const inputs = Map.groupBy(merge(random, changes, outcomes), ({ record }) => record);
    const outbox: WireCommand[] = [];
    for (const [record, own] of inputs)
      outbox.push(
        ...this.#step(
          random,
          record,
          own.map(({ input }) => input),
        ),
      );
    this.#offsets = {
      changes: this.#offsets.changes + changes.length,
      outcomes: this.#offsets.outcomes + outcomes.length,
    };
    this.#outbox = outbox;
    this.#isPublished = false;
  }

  publish(): void {
    for (const command of this.#outbox) this.#needs.commands.get(command.system)?.push(command);
    this.#isPublished = true;
  }

  /** What was not committed never happened; what was committed is published again, whether it had been or not. */
  crash(): void {
    this.#isPublished = false;
  }

  #step(random: Random, record: string, inputs: readonly Input[]): WireCommand[] {
    const before = this.state(record);
    const { state, decisions, commands } = step(before, inputs, this.#needs.rules, this.#sequence);
    this.#sequence += commands.length;
    if (random.chance(0.05)) checkReplay(before, decisions, state);
    this.#states.set(record, encodeState(state));
    this.#needs.onCommit({ record, before, after: state, decisions });
    return commands.map(({ system, sequence, operation, nativeId, values, expected }) => {
      return { record, system, sequence, operation, nativeId, values, expected };
    });
  }
}

function merge(random: Random, changes: readonly RecordInput[], outcomes: readonly RecordInput[]): RecordInput[] {
  const merged: RecordInput[] = [];
  let [left, right] = [0, 0];
  while (left < changes.length || right < outcomes.length) {
    const takesChange = right >= outcomes.length || (left < changes.length && random.chance(0.5));
    const next = takesChange ? changes[left++] : outcomes[right++];
    if (next !== undefined) merged.push(next);
  }
  return merged;
}

function checkReplay(before: RecordState, decisions: readonly Decision[], after: RecordState): void {
  let replayed = before;
  for (const decision of decisions) replayed = evolve(replayed, decision);
  if (encodeState(replayed) !== encodeState(after)) throw new Error('Replayed decisions do not give the state');
}

/** Executes commands. Rows, progress and the remembered outcomes of the last batch change in one transaction of the target. */
export class Writer {
  readonly system: SimulatedSystem;
  readonly #commands: Log<WireCommand>;
  readonly #outcomes: Log<RecordInput>;
  readonly #onExecuted: (command: WireCommand, outcome: CommandOutcome) => void;
  readonly #target = { progress: 0, remembered: new Map<number, RecordInput>() };
  #offset = 0;
  #unpublished: { readonly read: number; readonly outcomes: readonly RecordInput[] } | null = null;

  constructor(
    system: SimulatedSystem,
    commands: Log<WireCommand>,
    outcomes: Log<RecordInput>,
    onExecuted: (command: WireCommand, outcome: CommandOutcome) => void,
  ) {
    this.system = system;
    this.#commands = commands;
    this.#outcomes = outcomes;
    this.#onExecuted = onExecuted;
  }

  get hasWork(): boolean {
    return this.#unpublished !== null || this.#offset < this.#commands.length;
  }

  run(random: Random): void {
    if (this.#unpublished === null) this.#execute(random);
    else this.#publish(random, this.#unpublished);
  }

  crash(): void {
    this.#unpublished = null;
  }

  #execute(random: Random): void {
    const batch = onePerRecord(this.#commands.slice(this.#offset, this.#offset + 1 + random.below(3)));
    const told = this.#target.remembered;
    const remembered = new Map<number, RecordInput>();
    const outcomes: RecordInput[] = [];
    let hasNew = false;
    for (const command of batch) {
      const isNew = command.sequence > this.#target.progress;
      const outcome = isNew ? { record: command.record, input: this.#executeOne(command) } : told.get(command.sequence);
      if (isNew) this.#target.progress = command.sequence;
      hasNew ||= isNew;
      if (outcome === undefined) continue;
      outcomes.push(outcome);
      remembered.set(command.sequence, outcome);
    }
    // A redelivery that is cut into other batches must not forget what the last real batch gave.
    if (hasNew) this.#target.remembered = remembered;
    this.#unpublished = { read: batch.length, outcomes };
  }

  #executeOne(command: WireCommand): CommandOutcome {
    const outcome = this.system.execute(command);
    this.#onExecuted(command, outcome);
    return outcome;
  }

  #publish(
    random: Random,
    { read, outcomes }: { readonly read: number; readonly outcomes: readonly RecordInput[] },
  ): void {
    for (const outcome of outcomes) this.#outcomes.push(outcome);
    if (random.chance(0.1)) return; // The offset was not committed: the batch comes again.
    this.#offset += read;
    this.#unpublished = null;
  }
}

function onePerRecord(batch: readonly WireCommand[]): readonly WireCommand[] {
  const seen = new Set<string>();
  const end = batch.findIndex((command) => seen.size === seen.add(command.record).size);
  return end < 0 ? batch : batch.slice(0, end);
}
