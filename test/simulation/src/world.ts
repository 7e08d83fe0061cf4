/**
 * One history: a world drawn from a seed, in which at every step one of the things that could happen next does. Users stop
 * after so many edits; then the world runs until nothing is left to do, and copies, losses and leftovers are checked.
 */
import type { Decision } from '@concord/core';
import type { Random } from '@concord/testing';
import { Auditor } from './auditor.ts';
import type { Violation } from './auditor.ts';
import { PARTITIONS, partitionOf, partOf, topic } from './broker.ts';
import type { RecordInput, Topic } from './broker.ts';
import { DeliveryAuditor } from './deliveries.ts';
import { Identity } from './identity.ts';
import { Ingester } from './ingester.ts';
import { describeDecision, describeExecution, describeWorld } from './narrator.ts';
import type { WorldOptions } from './options.ts';
import { Poller } from './poller.ts';
import { SOUND } from './procedures.ts';
import type { Procedures } from './procedures.ts';
import { PartitionResolver } from './resolver.ts';
import { Reviewers } from './reviewers.ts';
import { checkAtRest } from './rest.ts';
import { Store } from './store.ts';
import type { Commit } from './store.ts';
import { SimulatedSystem } from './system.ts';
import type { WireCommand } from './system.ts';
import { Users } from './users.ts';
import { Whereabouts } from './whereabouts.ts';
import { Writer } from './writer.ts';

/** More than any history needs: what is not at rest by then never will be. */
const STEPS_MAX = 3000;
/** I4 within a bound: for each system so many steps after the last edit or fault, and so many more for every edit that was made. */
const REST_STEPS = 75;
const REST_STEPS_PER_EDIT = 20;
/** Of automation that answers automation, until it is stopped. */
const REST_STEPS_PER_ANSWER = 40;
/** Of a fault or of rows read beside the stream, at each step and while any are left. */
const FAULT_CHANCE = 0.1;

/** How often somebody tries to merge the records of one thing: it is refused while a copy is on its way. */
const MERGES = 3;

/** The first may meet commands whose outcome is not known yet. */
const COMPARISONS = 3;

export type Story = (line: string) => void;

export type WorldNeeds = {
  readonly options: WorldOptions;
  readonly random: Random;
  readonly procedures?: Procedures;
  readonly story?: Story | null;
  readonly onDecision?: (decision: Decision) => void;
};

/** Told before and after each turn, so that the chances of the turn can be told from those of choosing it. */
export type Recording = { readonly begins: () => void; readonly ends: (actor: Actor) => void };

/** Somebody who can do something: says in words what it did. */
export type Actor = {
  readonly name: string;
  /** Users and faults (rows read beside the stream among them) come to an end; processes go on until there is rest. */
  readonly role: 'user' | 'process' | 'fault';
  readonly isReady: () => boolean;
  readonly run: () => string;
};

export class World {
  readonly options: WorldOptions;
  readonly identity: Identity;
  readonly auditor: Auditor;
  readonly systems: readonly SimulatedSystem[];
  readonly store: Store;
  readonly whereabouts: Whereabouts;
  readonly actors: readonly Actor[];
  /** The most steps that any history took from its last disturbance to rest, as part of what is allowed. */
  restShare = 0;
  readonly #deliveries: DeliveryAuditor;
  readonly #random: Random;
  readonly #story: Story | null;
  readonly #onDecision: ((decision: Decision) => void) | null;
  readonly #ingesters: readonly (Ingester | Poller)[];
  readonly #writers: readonly Writer[];
  readonly #resolvers: readonly PartitionResolver[];
  readonly #changes: Topic<RecordInput> = topic();
  readonly #processes: readonly Actor[];
  readonly #reviewers: Reviewers;
  readonly #left: { edits: number; answers: number; crashes: number; snapshots: number; merges: number };
  readonly #details: string[] = [];
  #comparisonsLeft = COMPARISONS;
  #now = 1000;
  #steps = 0;
  #lastDisturbance = 0;

  constructor({ options, random, procedures = SOUND, story = null, onDecision }: WorldNeeds) {
    this.options = options;
    this.#random = random;
    this.#story = story;
    this.#onDecision = onDecision ?? null;
    story?.(describeWorld(options));
    this.systems = options.systems.map((profile) => new SimulatedSystem(profile, options, random, () => this.#now));
    this.identity = new Identity(options);
    for (const system of this.systems) system.identity = this.identity;
    this.auditor = new Auditor(options, new Map(this.systems.map(({ profile, rows }) => [profile.name, rows])));
    this.#deliveries = new DeliveryAuditor((kind, detail) => this.auditor.report(kind, detail));
    this.#reviewers = new Reviewers(this.#changes, options.rules.groups ?? {}, (by, values) =>
      this.auditor.answered(by, values),
    );
    const { edits, answers, crashes, snapshots } = options;
    this.#left = { edits, answers, crashes, snapshots, merges: MERGES };
    const outcomes: Topic<RecordInput> = topic();
    const commands = new Map(this.systems.map(({ profile }) => [profile.name, topic<WireCommand>()]));
    this.whereabouts = new Whereabouts({ auditor: this.auditor, systems: this.systems, changes: this.#changes });
    this.store = new Store(procedures, (commit) => this.#committed(commit));
    const needs = { rules: options.rules, procedures, store: this.store, changes: this.#changes, outcomes, commands };
    this.#resolvers = PARTITIONS.map((partition) => new PartitionResolver(needs, partition));
    const listened = this.systems.filter(({ profile }) => profile.kind !== 'unobserved');
    this.#ingesters = listened.map((system) =>
      system.profile.kind === 'polled'
        ? new Poller(system, this.#changes)
        : new Ingester(system, this.#changes, procedures),
    );
    this.#writers = this.systems.map((system) => {
      const own = commands.get(system.profile.name) ?? topic();
      const onExecuted = this.#executed.bind(this);
      return new Writer(system, { procedures, commands: own, outcomes, onExecuted });
    });
    this.actors = this.#makeActors();
    this.#processes = this.actors.filter(({ role }) => role === 'process');
  }

  get violations(): readonly Violation[] {
    return this.auditor.violations;
  }

  /** Whoever can act may be next. Returns when nothing is left to do. */
  run(recording: Recording | null = null): void {
    while (this.#steps < STEPS_MAX) {
      const isAnyWorking = this.#processes.some((actor) => actor.isReady());
      if (!isAnyWorking && this.#left.edits === 0 && !this.#areAsked && !this.#canMerge) {
        if (!this.#comparesAgain()) return this.#rest();
        continue;
      }
      const actor = this.#choose(isAnyWorking);
      recording?.begins();
      this.act(actor);
      recording?.ends(actor);
    }
    this.auditor.report('restless', `still busy after ${STEPS_MAX} steps`);
  }

  act(actor: Actor): void {
    this.#steps += 1;
    this.#now += this.#random.below(30);
    if (actor.role !== 'process') this.#lastDisturbance = this.#steps;
    if (this.#left.crashes === 0 && this.#left.edits === 0)
      for (const writer of this.#writers) writer.isDisturbed = false;
    const told = actor.run();
    this.#story?.(`${String(this.#now).padStart(5)} ${actor.name} ${told}`);
    for (const detail of this.#details.splice(0)) this.#story?.(detail);
  }

  /** Without chance: everybody in turn, no edits and no faults, until there is rest. */
  settle(): void {
    for (let turn = 0; turn < STEPS_MAX; turn++) {
      const ready = this.actors.filter((actor) => actor.role === 'process' && actor.isReady());
      if (ready.length === 0 && !this.#comparesAgain()) return this.#rest();
      for (const actor of ready) if (actor.isReady()) this.act(actor);
    }
    this.auditor.report('restless', `still busy after ${STEPS_MAX} turns`);
  }

  /** Systems that are polled are compared as a whole when all is quiet. False when that has been done. */
  #comparesAgain(): boolean {
    const pollers = this.#ingesters.filter((one) => one instanceof Poller);
    if (pollers.length === 0 || this.#comparisonsLeft === 0) return false;
    this.#comparisonsLeft -= 1;
    this.#lastDisturbance = this.#steps;
    for (const poller of pollers) poller.compareAll();
    return true;
  }

  #choose(isAnyWorking: boolean): Actor {
    const roll = this.#random.fraction();
    const role = !isAnyWorking || roll < this.options.pace ? 'user' : roll > 1 - FAULT_CHANCE ? 'fault' : 'process';
    const candidates = this.actors.filter((one) => one.role === role && one.isReady() && !this.#lingers(one));
    return this.#random.pick(candidates.length > 0 ? candidates : this.actors.filter((actor) => actor.isReady()));
  }

  /** People have something to decide, and answer. */
  get #areAsked(): boolean {
    return this.#left.answers > 0 && this.#reviewers.hasWork;
  }

  /** Both records of a thing are known, and nobody has merged them. */
  get #canMerge(): boolean {
    if (!this.identity.isDoubtful || this.#left.merges === 0) return false;
    return Object.values(this.identity.pair).every((record) => this.store.has(record));
  }

  #matching(): Actor {
    const { survivor: record, absorbed } = this.identity.pair;
    return {
      name: 'matcher',
      role: 'fault',
      isReady: () => this.#canMerge,
      run: () => {
        this.#left.merges -= 1;
        partOf(this.#changes, partitionOf(record)).push({ record, input: { kind: 'merge', absorbed, at: this.#now } });
        return `finds out that ${absorbed} is ${record}`;
      },
    };
  }

  #reviewing(): Actor {
    return {
      name: 'reviewer',
      role: 'user',
      isReady: () => this.#areAsked,
      run: () => {
        this.#left.answers -= 1;
        return this.#reviewers.act(this.#random, this.#now);
      },
    };
  }

  #lingers({ name }: Actor): boolean {
    const { actor, oneIn } = this.options.slow;
    return name === actor && this.#left.edits > 0 && this.#random.fraction() > 1 / oneIn;
  }

  #rest(): void {
    const { edits, systems, fields, rules } = this.options;
    const answers = fields['l'] === undefined ? 0 : (rules.loopPrevention?.maxUpdates ?? 0);
    const allowed = (REST_STEPS + REST_STEPS_PER_EDIT * edits + REST_STEPS_PER_ANSWER * answers) * systems.length;
    this.restShare = (this.#steps - this.#lastDisturbance) / allowed;
    if (this.restShare > 1) this.auditor.report('slow', `no rest ${allowed} steps after the last edit or fault`);
    this.#story?.(`${String(this.#now).padStart(5)} at rest`);
    checkAtRest(this);
  }

  #makeActors(): Actor[] {
    const users = new Users({ options: this.options, systems: this.systems, auditor: this.auditor });
    const worked = this.systems.filter(({ profile }) => profile.kind !== 'unobserved');
    const edited = worked.map((system): Actor => {
      return {
        name: `user of ${system.profile.name}`,
        role: 'user',
        isReady: () => this.#left.edits > 0 && ['', system.profile.name].includes(this.options.busy),
        run: () => {
          this.#left.edits -= 1;
          return users.act(this.#random, system);
        },
      };
    });
    const processes = [...this.#ingesters, ...this.#writers, ...this.#resolvers];
    const working = processes.map((process): Actor => {
      return {
        name: process.name,
        role: 'process',
        isReady: () => process.hasWork,
        run: () => process.run(this.#random),
      };
    });
    const failing = processes.map((process): Actor => {
      return {
        name: `fault in ${process.name}`,
        role: 'fault',
        isReady: () => this.#left.crashes > 0,
        run: () => {
          this.#left.crashes -= 1;
          return process.crash(this.#random);
        },
      };
    });
    return [...edited, this.#reviewing(), this.#matching(), ...working, ...this.#reading(), ...failing];
  }

  #reading(): Actor[] {
    const streaming = this.systems.filter(({ profile }) => !['polled', 'unobserved'].includes(profile.kind));
    return streaming.map((system) => ({
      name: `snapshot of ${system.profile.name}`,
      role: 'fault',
      isReady: () => this.#left.snapshots > 0,
      run: () => this.#snapshot(system),
    }));
  }

  #snapshot(system: SimulatedSystem): string {
    this.#left.snapshots -= 1;
    for (const thing of system.rows.keys()) {
      const [record, input] = [system.recordOf(thing), system.snapshot(thing)];
      if (input !== null) partOf(this.#changes, partitionOf(record)).push({ record, input });
    }
    return `reads ${system.rows.size} rows beside the stream`;
  }

  #committed(commit: Commit): void {
    this.#deliveries.committed(commit);
    for (const { record, decisions } of commit.steps) {
      for (const decision of decisions) {
        const told = this.#story === null ? null : describeDecision(record, decision);
        if (told !== null) this.#details.push(told);
        this.#onDecision?.(decision);
        if (decision.type === 'record_absorbed') this.identity.isMerged = true;
        this.auditor.decided(this.identity.thingOf(record), decision);
        this.#reviewers.decided(record, decision);
      }
    }
    this.whereabouts.committed(commit);
  }

  #executed(command: WireCommand, outcome: Parameters<Auditor['executed']>[1]): void {
    if (this.#story !== null) this.#details.push(describeExecution(command, outcome));
    this.#deliveries.executed(command, outcome);
    this.auditor.executed({ ...command, record: this.identity.thingOf(command.record) }, outcome);
  }
}
