/**
 * Executes the commands of one system: read, execute, tell the outcomes, move the offset. A crash may fall between any two
 * of these, and a zombie may execute what it has read long after its successor. What makes that harmless is the progress:
 * a database keeps it in the same transaction as the rows; for a service the intent is durable before the calls, and what
 * was intended but not finished is looked up before it is sent again.
 */
import type { CommandOutcome } from '@concord/core';
import type { Random } from '@concord/testing';
import { PARTITIONS, partOf, send } from './broker.ts';
import type { RecordInput, Topic } from './broker.ts';
import type { Procedures } from './procedures.ts';
import { stampOf } from './system.ts';
import type { SimulatedSystem, WireCommand } from './system.ts';

type Told = { readonly record: string; readonly input: CommandOutcome };
type Progress = { intended: number; done: number; remembered: ReadonlyMap<number, Told> };

type Session = {
  readonly partition: number;
  /** Commands as they were read, and the target's intents as they stood then. */
  readonly batch: readonly WireCommand[];
  readonly intendedBefore: number;
  stage: 'read' | 'calling' | 'executed' | 'told';
  /** Commands still without outcome, and those of them that may have been executed. */
  todo: readonly WireCommand[];
  backoff: number;
  unsure: ReadonlySet<number>;
  readonly results: Map<number, Told>;
};

export type WriterNeeds = {
  readonly procedures: Procedures;
  readonly commands: Topic<WireCommand>;
  readonly outcomes: Topic<RecordInput>;
  readonly onExecuted: (command: WireCommand, outcome: CommandOutcome) => void;
};

const LOST_REPLIES_ONE_IN = 8;
/** Turns that pass before a call is tried again. */
const BACKOFF_TURNS = 4;
const WAITS_ONE_IN = 25;

export class Writer {
  readonly name: string;
  readonly system: SimulatedSystem;
  readonly #needs: WriterNeeds;
  readonly #progress: readonly Progress[] = PARTITIONS.map(() => ({ intended: 0, done: 0, remembered: new Map() }));
  readonly #offsets: number[] = PARTITIONS.map(() => 0);
  #session: Session | null = null;
  readonly #zombies: Session[] = [];
  /** Replies get lost only while there are faults, so that every world comes to rest. */
  isDisturbed = true;

  constructor(system: SimulatedSystem, needs: WriterNeeds) {
    this.name = `writer to ${system.profile.name}`;
    this.system = system;
    this.#needs = needs;
  }

  get hasWork(): boolean {
    return (
      this.#session !== null || this.#zombies.length > 0 || PARTITIONS.some((partition) => this.#isBehind(partition))
    );
  }

  run(random: Random): string {
    const isIdle = this.#session === null && !PARTITIONS.some((partition) => this.#isBehind(partition));
    const [zombie] = this.#zombies;
    if (zombie !== undefined && (isIdle || random.chance(0.3))) return this.#runZombie(random, zombie);
    if (this.#session === null) {
      const partition = random.pick(PARTITIONS.filter((one) => this.#isBehind(one)));
      this.#session = this.#read(random, partition);
      if (random.chance(0.3)) return `reads ${this.#session.batch.length} commands`;
    }
    return this.#advance(random, this.#session);
  }

  /**
   * A replaced instance may wake up and go on, but not between an intent and the last of its calls: those have a deadline
   * that is shorter than the time after which an instance counts as gone.
   */
  crash(random: Random): string {
    const session = this.#session;
    this.#session = null;
    if (session === null || session.stage === 'calling' || random.chance(0.5)) return 'crashes';
    this.#zombies.push(session);
    return 'is replaced and does not know it';
  }

  #isBehind(partition: number): boolean {
    return (this.#offsets[partition] ?? 0) < partOf(this.#needs.commands, partition).length;
  }

  #runZombie(random: Random, zombie: Session): string {
    // The broker refuses the offset of a former member of the group.
    let told = zombie.stage === 'told' ? null : this.#advance(random, zombie);
    while (zombie.stage === 'calling') told = this.#advance(random, zombie);
    if (told === null || zombie.stage === 'told') this.#zombies.shift();
    return told === null ? 'a zombie ends' : `a zombie ${told}`;
  }

  #read(random: Random, partition: number): Session {
    const from = this.#offsets[partition] ?? 0;
    const batch = onePerRecord(partOf(this.#needs.commands, partition).slice(from, from + 1 + random.below(3)));
    const { intended } = this.#progressOf(partition);
    return {
      partition,
      batch,
      intendedBefore: intended,
      stage: 'read',
      todo: [],
      backoff: 0,
      unsure: new Set(),
      results: new Map(),
    };
  }

  #advance(random: Random, session: Session): string {
    switch (session.stage) {
      case 'read':
        return this.#begin(random, session);
      case 'calling':
        return this.#call(random, session);
      case 'executed':
        return this.#tell(random, session);
      case 'told':
        this.#offsets[session.partition] = (this.#offsets[session.partition] ?? 0) + session.batch.length;
        this.#session = null;
        return 'moves its offset';
      default:
        throw new TypeError(`Unknown stage ${String(session.stage)}`);
    }
  }

  #begin(random: Random, session: Session): string {
    const progress = this.#progressOf(session.partition);
    const { dedupes, looksUp } = this.#needs.procedures;
    const todo = dedupes ? session.batch.filter(({ sequence }) => sequence > progress.done) : session.batch;
    for (const { sequence } of session.batch) {
      const told = progress.remembered.get(sequence);
      if (told !== undefined && this.#needs.procedures.remembersOutcomes) session.results.set(sequence, told);
    }
    session.todo = todo;
    if (this.system.profile.target === 'transactional') {
      for (const command of todo) session.results.set(command.sequence, this.#execute(command));
      return this.#finish(session, 'executes in one transaction');
    }
    if (progress.intended !== session.intendedBefore) {
      this.#drop(session);
      return 'is fenced: another writer has moved on';
    }
    // What was intended by somebody who did not finish may have happened.
    const doubtful = todo.filter(({ sequence }) => sequence <= progress.intended);
    session.unsure = new Set(looksUp ? doubtful.map(({ sequence }) => sequence) : []);
    progress.intended = Math.max(progress.intended, ...session.batch.map(({ sequence }) => sequence));
    session.stage = todo.length === 0 ? 'executed' : 'calling';
    return 'intends';
  }

  /** One call with some of the rows. Each row succeeds or fails alone; the reply may be lost after all has happened. */
  #call(random: Random, session: Session): string {
    if (session.backoff > 0) {
      session.backoff -= 1;
      return 'waits before it tries again';
    }
    const rows = session.todo.slice(0, 1 + random.below(2));
    const isLost = this.isDisturbed && random.below(LOST_REPLIES_ONE_IN) === 1;
    const results = rows.map((command) => this.#executeOrLookUp(session, command));
    if (isLost) {
      if (this.#needs.procedures.looksUp) session.unsure = new Set(session.todo.map(({ sequence }) => sequence));
      session.backoff = BACKOFF_TURNS;
      return 'loses the reply to its call';
    }
    const refused = results.find(({ input }) => input.result === 'rejected');
    for (const [index, { sequence }] of rows.entries()) {
      const own = results[index] as Told;
      const isSpoiled = !this.#needs.procedures.isolatesRows && refused !== undefined;
      session.results.set(sequence, isSpoiled ? { ...own, input: { ...refused.input, sequence } } : own);
    }
    session.todo = session.todo.slice(rows.length);
    return session.todo.length > 0 ? 'calls' : this.#finish(session, 'calls');
  }

  #executeOrLookUp(session: Session, command: WireCommand): Told {
    if (!session.unsure.has(command.sequence)) return this.#execute(command);
    if (command.operation === 'delete' && !this.system.rows.has(this.system.thingOf(command.record))) {
      return { record: command.record, input: this.system.outcome(command, 'applied') };
    }
    const found = this.system.findStamp(command.record, stampOf(command), this.#needs.procedures.looksUpDeleted);
    if (found === null) return this.#execute(command);
    const nativeId = command.operation === 'create' ? found : null;
    return { record: command.record, input: this.system.outcome(command, 'applied', { nativeId }) };
  }

  #execute(command: WireCommand): Told {
    const input = this.system.execute(command);
    this.#needs.onExecuted(command, input);
    return { record: command.record, input };
  }

  #finish(session: Session, told: string): string {
    const progress = this.#progressOf(session.partition);
    const last = Math.max(progress.done, ...session.batch.map(({ sequence }) => sequence));
    // A redelivery that is cut into other batches must not forget what the last real batch gave.
    if (last > progress.done) progress.remembered = new Map(session.results);
    progress.done = last;
    session.stage = 'executed';
    return told;
  }

  #tell(random: Random, session: Session): string {
    if (!this.#needs.procedures.tellsBeforeOffset && session === this.#session && random.chance(0.2)) {
      session.stage = 'told';
      return 'moves on before it tells';
    }
    const results = [...session.results.values()];
    // What has to wait (for a parent, for a limit) is said to wait before it is said to be done.
    const [first] = results;
    if (first !== undefined && random.below(WAITS_ONE_IN) === 1) {
      const waiting = this.system.outcome(first.input, 'waiting', { code: 'test.waiting' });
      send(random, this.#needs.outcomes, [{ record: first.record, input: waiting }]);
    }
    send(random, this.#needs.outcomes, results);
    session.stage = 'told';
    return `tells ${results.length} outcomes`;
  }

  #drop(session: Session): void {
    session.stage = 'told';
    if (session === this.#session) this.#session = null;
  }

  #progressOf(partition: number): Progress {
    const progress = this.#progress[partition];
    if (progress === undefined) throw new RangeError(`No partition ${partition}`);
    return progress;
  }
}

function onePerRecord(batch: readonly WireCommand[]): readonly WireCommand[] {
  const seen = new Set<string>();
  const end = batch.findIndex((command) => seen.size === seen.add(command.record).size);
  return end < 0 ? batch : batch.slice(0, end);
}
