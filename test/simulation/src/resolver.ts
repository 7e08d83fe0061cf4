/**
 * Who decides. Every partition has one owner that knows its epoch: poll and decide, commit, publish. Publishing overlaps
 * with the next poll, but the next commit waits for it, because it replaces the outbox. An owner that is replaced without
 * knowing goes on as a zombie until its commit is refused.
 */
import { absorb, encodeState, evolve, step } from '@concord/core';
import type { Decision, EntityRules, Input, RecordState } from '@concord/core';
import type { Random } from '@concord/testing';
import { partOf, send } from './broker.ts';
import type { MergeRequest, RecordInput, Topic } from './broker.ts';
import type { Procedures } from './procedures.ts';
import type { Commit, CommittedStep, Offsets, Store } from './store.ts';
import type { WireCommand } from './system.ts';

export type ResolverNeeds = {
  readonly rules: EntityRules;
  readonly procedures: Procedures;
  readonly store: Store;
  readonly changes: Topic<RecordInput>;
  readonly outcomes: Topic<RecordInput>;
  readonly commands: ReadonlyMap<string, Topic<WireCommand>>;
};

const REPLAYED_ONE_IN = 20;

/** What one poll decides. */
type Batch = {
  readonly random: Random;
  readonly states: Map<string, RecordState>;
  /** The same, and what was read. */
  readonly known: Map<string, RecordState>;
  readonly steps: CommittedStep[];
  readonly outbox: WireCommand[];
};

/** One ownership of one partition, from the claim until it is let go, dies or is fenced. */
class Ownership {
  readonly #needs: ResolverNeeds;
  readonly #partition: number;
  readonly #epoch: number;
  #offsets: Offsets;
  #lastSequence: number;
  #polled: Commit | null = null;
  #publishing: readonly WireCommand[];
  isFenced = false;

  constructor(needs: ResolverNeeds, partition: number) {
    const claimed = needs.store.claim(partition);
    this.#needs = needs;
    this.#partition = partition;
    this.#epoch = claimed.epoch;
    this.#offsets = claimed.offsets;
    this.#lastSequence = claimed.lastSequence;
    this.#publishing = needs.procedures.republishes ? claimed.outbox : [];
    if (!needs.procedures.keepsSequences) this.#publishing = this.#publishing.map((command) => this.#renumber(command));
  }

  get hasWork(): boolean {
    return this.#polled !== null || this.#publishing.length > 0 || this.#hasInput;
  }

  get #hasInput(): boolean {
    const { changes, outcomes } = this.#needs;
    const { length: changesEnd } = partOf(changes, this.#partition);
    return this.#offsets.changes < changesEnd || this.#offsets.outcomes < partOf(outcomes, this.#partition).length;
  }

  run(random: Random): string {
    const canPublish = this.#publishing.length > 0;
    const canPoll = this.#polled === null && this.#hasInput;
    if (canPublish && (!canPoll || random.chance(0.5))) return this.#publish(random);
    if (canPoll) return this.#poll(random);
    return this.#commit();
  }

  /** Finishes what is under way, then lets go. */
  revoke(random: Random): string {
    if (!this.#needs.procedures.drains && this.#polled !== null) {
      this.#needs.store.moveOffsets(this.#partition, this.#polled.offsets);
      return 'lets go before what was read is decided';
    }
    if (this.#publishing.length > 0) this.#publish(random);
    if (this.#polled !== null) this.#commit();
    if (this.#publishing.length > 0) this.#publish(random);
    return 'finishes and lets go';
  }

  /** Topics are read in any proportion; within each, order holds. */
  #poll(random: Random): string {
    const { changes: from, outcomes: outcomesFrom } = this.#offsets;
    const changes = partOf(this.#needs.changes, this.#partition).slice(from, from + random.below(4));
    const outcomes = partOf(this.#needs.outcomes, this.#partition).slice(outcomesFrom, outcomesFrom + random.below(3));
    if (changes.length + outcomes.length === 0) return 'polls nothing';
    const offsets = { changes: from + changes.length, outcomes: outcomesFrom + outcomes.length };
    this.#polled = this.#decide(random, merge(random, changes, outcomes), offsets);
    const { procedures, store } = this.#needs;
    if (!procedures.commitsOffsetsWithStates) store.moveOffsets(this.#partition, offsets);
    if (!procedures.commitsBeforePublishing) this.#send(random, this.#polled.outbox);
    return `polls ${changes.length} changes and ${outcomes.length} outcomes`;
  }

  #decide(random: Random, inputs: readonly RecordInput[], offsets: Offsets): Commit {
    const batch: Batch = { random, states: new Map(), known: new Map(), steps: [], outbox: [] };
    let from = 0;
    for (const [index, { record, input }] of inputs.entries()) {
      if (input.kind !== 'merge') continue;
      this.#decideInputs(batch, inputs.slice(from, index));
      this.#absorb(batch, record, input);
      from = index + 1;
    }
    this.#decideInputs(batch, inputs.slice(from));
    const { states, steps, outbox } = batch;
    const [partition, epoch, lastSequence] = [this.#partition, this.#epoch, this.#lastSequence];
    return { partition, epoch, from: this.#offsets, offsets, lastSequence, outbox, states, steps };
  }

  #decideInputs(batch: Batch, inputs: readonly RecordInput[]): void {
    const forwarded = inputs.flatMap((one) => this.#forward(batch, one));
    for (const [record, own] of Map.groupBy(forwarded, (input) => input.record)) {
      const before = this.#stateOf(batch, record);
      const ownInputs = own.flatMap(({ input }) => (input.kind === 'merge' ? [] : input));
      const decided = this.#level(batch, record, { state: before, inputs: ownInputs });
      if (batch.random.below(REPLAYED_ONE_IN) === 1) checkReplay(before, decided.decisions, decided.after);
      batch.steps.push(decided);
    }
  }

  /** What comes under the id of an alias is for the record that it stands for, and says under which id it came. */
  #forward(batch: Batch, { record, input }: RecordInput): readonly RecordInput[] {
    const { mergedInto } = this.#stateOf(batch, record);
    const isMeant = mergedInto !== null && (input.kind === 'change' || input.kind === 'outcome');
    return isMeant
      ? [
          { record, input },
          { record: mergedInto, input: { ...input, record } },
        ]
      : [{ record, input }];
  }

  #absorb(batch: Batch, record: string, { absorbed: other, at }: MergeRequest): void {
    const one = { record, state: this.#stateOf(batch, record) };
    const two = { record: other, state: this.#stateOf(batch, other) };
    const { survivor, absorbed } = absorb(one, two, this.#needs.rules, at);
    checkReplay(one.state, survivor.decisions, survivor.state);
    this.#keep(batch, other, absorbed.state);
    batch.steps.push({ record, inputs: [], decisions: survivor.decisions, after: survivor.state });
    batch.steps.push({ record: other, inputs: [], decisions: absorbed.decisions, after: absorbed.state });
    batch.steps.push(this.#level(batch, record, { state: survivor.state, inputs: [] }));
  }

  #level(batch: Batch, record: string, told: { state: RecordState; inputs: readonly Input[] }): CommittedStep {
    const {
      state: after,
      decisions,
      commands,
    } = step(told.state, told.inputs, this.#needs.rules, this.#lastSequence + 1);
    this.#lastSequence += commands.length;
    this.#keep(batch, record, after);
    for (const { system, sequence, operation, nativeId, values, expected } of commands) {
      batch.outbox.push({ record, system, sequence, operation, nativeId, values, expected });
    }
    return { record, inputs: told.inputs, decisions, after };
  }

  #keep({ states, known }: Batch, record: string, state: RecordState): void {
    states.set(record, state);
    known.set(record, state);
  }

  #stateOf({ known }: Batch, record: string): RecordState {
    const decided = known.get(record);
    if (decided !== undefined) return decided;
    const state = this.#needs.store.state(record);
    known.set(record, state);
    return state;
  }

  #commit(): string {
    const commit = this.#polled;
    if (commit === null) return 'has nothing to commit';
    this.#polled = null;
    this.isFenced = !this.#needs.store.commit(commit);
    if (this.isFenced) return 'is fenced';
    this.#offsets = commit.offsets;
    if (this.#needs.procedures.commitsBeforePublishing) this.#publishing = commit.outbox;
    return 'commits';
  }

  #publish(random: Random): string {
    const count = this.#publishing.length;
    this.#send(random, this.#publishing);
    this.#publishing = [];
    return `publishes ${count} commands`;
  }

  #send(random: Random, outbox: readonly WireCommand[]): void {
    for (const [system, own] of Map.groupBy(outbox, (command) => command.system)) {
      const to = this.#needs.commands.get(system);
      if (to !== undefined) send(random, to, own);
    }
  }

  #renumber(command: WireCommand): WireCommand {
    this.#lastSequence += 1;
    return { ...command, sequence: this.#lastSequence };
  }
}

/** The instances of the resolver as one partition sees them: an owner, and perhaps former ones that do not know it yet. */
export class PartitionResolver {
  readonly name: string;
  readonly #needs: ResolverNeeds;
  readonly #partition: number;
  #owner: Ownership;
  #zombies: readonly Ownership[] = [];

  constructor(needs: ResolverNeeds, partition: number) {
    this.name = `resolver of partition ${partition}`;
    this.#needs = needs;
    this.#partition = partition;
    this.#owner = new Ownership(needs, partition);
  }

  get hasWork(): boolean {
    return this.#owner.hasWork || this.#zombies.length > 0;
  }

  run(random: Random): string {
    const zombie = this.#zombies[0];
    if (zombie !== undefined && (!this.#owner.hasWork || random.chance(0.4))) {
      const told = zombie.hasWork ? zombie.run(random) : 'ends';
      if (zombie.isFenced || !zombie.hasWork) this.#zombies = this.#zombies.slice(1);
      return `a zombie ${told}`;
    }
    const told = this.#owner.run(random);
    if (this.#owner.isFenced) this.#owner = new Ownership(this.#needs, this.#partition);
    return told;
  }

  /** A rebalance with or without notice, or a crash: another instance takes the partition over. */
  crash(random: Random): string {
    const how = random.pick(['crash', 'crash', 'zombie', 'revoke'] as const);
    const told =
      how === 'revoke' ? this.#owner.revoke(random) : how === 'crash' ? 'crashes' : 'is replaced and does not know it';
    if (how === 'zombie') this.#zombies = [...this.#zombies, this.#owner];
    this.#owner = new Ownership(this.#needs, this.#partition);
    return told;
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
