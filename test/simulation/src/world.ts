/**
 * One history: a world drawn from a seed, in which at every step one of the things that could happen next does. Users stop
 * after so many edits; then the world runs until nothing is left to do, and copies, losses and leftovers are checked.
 */
import type { Value } from '@concord/core';
import { randomFrom } from '@concord/testing';
import type { Random } from '@concord/testing';
import { Auditor } from './auditor.ts';
import type { Violation } from './auditor.ts';
import { drawOptions } from './options.ts';
import type { WorldOptions } from './options.ts';
import { Ingester, Resolver, Writer } from './processes.ts';
import type { Log, RecordInput } from './processes.ts';
import { checkAtRest } from './rest.ts';
import { SimulatedSystem } from './system.ts';
import type { WireCommand } from './system.ts';
import { newValue } from './values.ts';

const STEPS_MAX = 4000;

export type History = { readonly seed: number; readonly violations: readonly Violation[]; readonly steps: number };
export type Story = (line: string) => void;
type Action = { readonly name: string; readonly run: () => void };

export function runHistory(seed: number, story: Story | null = null): History {
  const world = new World(seed, story);
  const steps = world.run();
  return { seed, violations: world.auditor.violations, steps };
}

export class World {
  readonly options: WorldOptions;
  readonly auditor: Auditor;
  readonly systems: readonly SimulatedSystem[];
  readonly resolver: Resolver;
  readonly #random: Random;
  readonly #ingesters: readonly Ingester[];
  readonly #writers: readonly Writer[];
  readonly #changes: Log<RecordInput> = [];
  readonly #story: Story | null;
  #now = 1000;
  #serial = 0;
  #edits: number;
  #crashes: number;
  #snapshots: number;

  /** `alter` makes a world in which something that the core takes for granted does not hold. */
  constructor(
    seed: number,
    story: Story | null,
    alter: (options: WorldOptions) => WorldOptions = (options) => options,
  ) {
    const random = randomFrom(seed);
    this.#random = random;
    this.#story = story;
    this.options = alter(drawOptions(random));
    this.auditor = new Auditor(this.options);
    ({ edits: this.#edits, crashes: this.#crashes, snapshots: this.#snapshots } = this.options);
    this.systems = this.options.systems.map(
      (profile) => new SimulatedSystem(profile, this.options, random, () => this.#now),
    );
    const outcomes: Log<RecordInput> = [];
    const commands = new Map(this.systems.map(({ profile }) => [profile.name, [] as Log<WireCommand>]));
    this.#ingesters = this.systems.map((system) => new Ingester(system, this.#changes));
    this.#writers = this.systems.map((system) => {
      const own = commands.get(system.profile.name) ?? [];
      return new Writer(system, own, outcomes, (command, outcome) => {
        this.#story?.(`  ${command.system} ${outcome.result} ${JSON.stringify(command)}`);
        this.auditor.executed(command, outcome);
      });
    });
    this.resolver = new Resolver({
      rules: this.options.rules,
      changes: this.#changes,
      outcomes,
      commands,
      onCommit: ({ record, decisions }) => {
        for (const decision of decisions) {
          this.#story?.(`    ${record} ${JSON.stringify(decision)}`);
          this.auditor.decided(record, decision);
        }
      },
    });
  }

  run(): number {
    this.#story?.(JSON.stringify(this.options));
    for (let step = 1; step <= STEPS_MAX; step++) {
      const actions = this.#actions();
      if (actions.length === 0) {
        checkAtRest(this);
        return step;
      }
      const action = this.#random.pick(actions);
      this.#now += this.#random.below(30);
      this.#story?.(`${this.#now} ${action.name}`);
      action.run();
    }
    this.auditor.report('restless', `still busy after ${STEPS_MAX} steps`);
    return STEPS_MAX;
  }

  #actions(): Action[] {
    const actions: Action[] = [];
    const add = (name: string, run: () => void): void => void actions.push({ name, run });
    if (this.#edits > 0)
      for (const system of this.systems) add(`user of ${system.profile.name}`, () => this.#userActs(system));
    for (const one of this.#ingesters)
      if (one.hasWork) add(`ingest ${one.system.profile.name}`, () => one.run(this.#random));
    for (const one of this.#writers)
      if (one.hasWork) add(`writer ${one.system.profile.name}`, () => one.run(this.#random));
    if (this.resolver.hasInput) add('resolver', () => this.resolver.run(this.#random));
    if (this.resolver.hasOutbox) add('publish', () => this.resolver.publish());
    if (actions.length === 0) return actions;
    if (this.#crashes > 0 && this.#random.chance(0.1)) add('crash', () => this.#crash());
    if (this.#snapshots > 0 && this.#random.chance(0.1)) add('snapshot', () => this.#snapshot());
    return actions;
  }

  #userActs(system: SimulatedSystem): void {
    this.#edits -= 1;
    const record = `r${this.#random.below(this.options.records)}`;
    const row = system.rows.get(record);
    if (row === undefined) return this.#userCreates(system, record);
    if (this.options.deletes && this.#random.chance(0.2)) {
      this.auditor.userDeleted(system.profile.name, record, row.values);
      this.#story?.(`  ${system.profile.name} deletes ${record} ${JSON.stringify(row.values)}`);
      return system.delete(record, null);
    }
    const fields = this.#userFields();
    const count = this.#random.chance(0.8) ? 1 : 2;
    const changed: Record<string, Value> = {};
    for (let index = 0; index < count; index++) {
      const field = this.#random.pick(fields);
      changed[field] = this.#chooseValue(system, record, field);
    }
    this.#userWrites(system, record, changed);
  }

  /** A record is born where it does not exist; at most half of the births meet a copy that is already under way elsewhere. */
  #userCreates(system: SimulatedSystem, record: string): void {
    const existsElsewhere = this.systems.some((other) => other.rows.has(record));
    if (existsElsewhere && this.#random.chance(0.7)) return undefined;
    const { name } = system.profile;
    this.auditor.userCreated(name, record);
    if (system.bin.has(record) && this.#random.chance(0.5)) {
      const row = system.undelete(record);
      this.#story?.(`  ${name} undeletes ${record} ${JSON.stringify(row?.values)}`);
      for (const [field, value] of Object.entries(row?.values ?? {}))
        this.#tell(name, record, { field, value, over: null });
      return undefined;
    }
    const values: Record<string, Value> = {};
    for (const field of this.#userFields()) {
      if (this.#random.chance(0.8)) values[field] = this.#newValue(system, field);
    }
    const row = system.insert(record, values, null);
    this.#story?.(`  ${name} creates ${record} ${JSON.stringify(row.values)}`);
    for (const field of Object.keys(values))
      this.#tell(name, record, { field, value: row.values[field] ?? null, over: null });
    return undefined;
  }

  #userWrites(system: SimulatedSystem, record: string, changed: Readonly<Record<string, Value>>): void {
    const before = { ...system.rows.get(record)?.values };
    const { name } = system.profile;
    this.#story?.(`  ${name} writes ${record} ${JSON.stringify(changed)} over ${JSON.stringify(before)}`);
    system.update(record, changed, null);
    for (const [field, value] of Object.entries(changed))
      this.#tell(name, record, { field, value, over: before[field] ?? null });
  }

  #tell(system: string, record: string, write: { field: string; value: Value; over: Value }): void {
    if (write.value !== null) this.auditor.userWrote({ system, record, ...write });
  }

  /**
   * Mostly something new; sometimes a value that this system has shown before, for users do go back. Not in worlds with
   * rows read beside the stream: which of two equal values such a row shows nobody can tell (SPEC.md, gaps).
   */
  #chooseValue(system: SimulatedSystem, record: string, field: string): Value {
    const old = system.stream
      .filter((event) => event.record === record)
      .map(({ change }) => change.values[field] ?? null);
    const earlier = old.filter((value) => value !== null && value !== system.rows.get(record)?.values[field]);
    if (earlier.length > 0 && this.options.snapshots === 0 && this.#random.chance(0.1))
      return this.#random.pick(earlier);
    return this.#newValue(system, field);
  }

  #newValue(system: SimulatedSystem, field: string): Value {
    return newValue(this.#random, this.options.fields[field] ?? 'text', system.profile.name, ++this.#serial);
  }

  #userFields(): readonly string[] {
    return Object.keys(this.options.fields).filter((field) => this.options.fields[field] !== 'stamp');
  }

  #crash(): void {
    this.#crashes -= 1;
    this.#random.pick([...this.#ingesters, ...this.#writers, this.resolver]).crash();
  }

  #snapshot(): void {
    this.#snapshots -= 1;
    const system = this.#random.pick(this.systems);
    for (const record of system.rows.keys()) {
      const input = system.snapshot(record);
      if (input !== null) this.#changes.push({ record, input });
    }
  }
}
