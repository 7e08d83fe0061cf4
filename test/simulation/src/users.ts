/** The people in front of the systems: they create, edit, delete and undelete records, and see only their own system. */
import type { Value } from '@concord/core';
import type { Random } from '@concord/testing';
import type { Auditor } from './auditor.ts';
import type { UserWrite } from './judges/judge.ts';
import { changedValue } from './merged-values.ts';
import { describeValues } from './narrator.ts';
import { namesCommands, readsRows } from './options.ts';
import type { FieldKind, WorldOptions } from './options.ts';
import type { SimulatedSystem } from './system.ts';
import { isMerged, isSource } from './rules.ts';
import { newValue } from './values.ts';

export type UsersNeeds = {
  readonly options: WorldOptions;
  readonly systems: readonly SimulatedSystem[];
  readonly auditor: Auditor;
};

type Place = { readonly record: string; readonly field: string };

export class Users {
  readonly #needs: UsersNeeds;
  readonly #fields: readonly string[];
  /** Counters and sets may come back to what they were. */
  readonly #canGoBack: boolean;
  #serial = 0;
  /** Statuses say by their number whose the record is. */
  #statuses = 0;

  constructor(needs: UsersNeeds) {
    this.#needs = needs;
    const { fields, systems } = needs.options;
    this.#canGoBack = !readsRows(needs.options) && systems.every((system) => namesCommands(system));
    this.#fields = Object.keys(fields).filter((field) => fields[field] !== 'stamp');
  }

  act(random: Random, system: SimulatedSystem): string {
    const record = `r${random.below(this.#needs.options.records)}`;
    const row = system.rows.get(record);
    if (row === undefined) return this.#create(random, system, record);
    if (random.chance(this.#needs.options.deletes)) {
      this.#needs.auditor.userDeleted(system.profile.name, record, row.values);
      system.delete(record, null);
      return `deletes ${record} ${describeValues(row.values)}`;
    }
    const count = random.chance(0.8) ? 1 : 2;
    const changed: Record<string, Value> = {};
    for (let index = 0; index < count; index++) {
      for (const field of this.#pickFields(random)) {
        changed[field] = this.#chooseValue(random, system, { record, field });
      }
    }
    return this.#write(system, record, changed);
  }

  /** One field, or all of the unit that it is part of. */
  #pickFields(random: Random): readonly string[] {
    const field = random.pick(this.#fields);
    const { groups } = this.#needs.options.rules;
    const unit = groups === undefined ? undefined : Object.values(groups).find((fields) => fields.includes(field));
    return unit === undefined || random.chance(0.5) ? [field] : unit;
  }

  /** A record is born where it does not exist; at most half of the births meet a copy that is already under way elsewhere. */
  #create(random: Random, system: SimulatedSystem, record: string): string {
    const existsElsewhere = this.#needs.systems.some((other) => other.rows.has(record));
    if (existsElsewhere && !this.#needs.options.twins && random.chance(0.7))
      return `finds no ${record} and does nothing`;
    const { name } = system.profile;
    this.#needs.auditor.userCreated(name, record);
    if (system.bin.has(record) && random.chance(0.5)) {
      const row = system.undelete(record);
      // What is not its users' to say comes back with the row and is nobody's will.
      for (const field of this.#fields.filter((one) => isSource(this.#needs.options, name, one)))
        this.#tell(name, record, { field, value: row?.values[field] ?? null, over: null, before: {} });
      return `undeletes ${record} ${describeValues(row?.values ?? {})}`;
    }
    const values: Record<string, Value> = {};
    for (const field of this.#fields) {
      if (random.chance(0.8)) values[field] = this.#newValue(random, system, { record: '', field });
    }
    const row = system.insert(record, values, null);
    for (const field of Object.keys(values))
      this.#tell(name, record, { field, value: row.values[field] ?? null, over: null, before: {} });
    return `creates ${record} ${describeValues(row.values)}`;
  }

  #write(system: SimulatedSystem, record: string, changed: Readonly<Record<string, Value>>): string {
    const before = { ...system.rows.get(record)?.values };
    system.update(record, changed, null);
    for (const [field, value] of Object.entries(changed))
      this.#tell(system.profile.name, record, { field, value, over: before[field] ?? null, before });
    const over = Object.fromEntries(Object.keys(changed).map((field) => [field, before[field] ?? null]));
    return `writes ${describeValues(changed)} over ${describeValues(over)} in ${record}`;
  }

  #tell(system: string, record: string, write: Omit<UserWrite, 'system' | 'record'>): void {
    if (write.value !== null || isMerged(this.#needs.options.fields[write.field]))
      this.#needs.auditor.userWrote({ system, record, ...write });
  }

  /**
   * Mostly something new; sometimes a value that this system has shown before, for users do go back. Not where echoes are
   * known by their values alone: which of two equal values is meant nobody can tell (SPEC.md, S9).
   */
  #chooseValue(random: Random, system: SimulatedSystem, place: Place): Value {
    const canReturn = system.profile.kind !== 'values' && !isMerged(this.#kindOf(place));
    if (canReturn && random.chance(0.1)) {
      const now = system.rows.get(place.record)?.values[place.field];
      const others = this.#earlier(system, place).filter((value) => value !== null && value !== now);
      if (others.length > 0) return random.pick(others);
    }
    return this.#newValue(random, system, place);
  }

  #earlier(system: SimulatedSystem, { record, field }: Place): readonly Value[] {
    const told = system.stream.filter((event) => event.record === record);
    return told.map(({ change }) => change.values[field] ?? null);
  }

  /** Of a record that does not exist yet there is nothing that was seen before. */
  #newValue(random: Random, system: SimulatedSystem, place: Place): Value {
    const kind = this.#kindOf(place);
    const { profile } = system;
    const serial = ++this.#serial;
    if (kind === 'status') return `K${++this.#statuses}`;
    if (!isMerged(kind)) return newValue(random, kind, profile.name, serial);
    const seen = system.rows.get(place.record)?.values[place.field] ?? null;
    const earlier = seen === null ? [] : this.#earlier(system, place);
    return changedValue(random, kind, { profile, seen, earlier, canGoBack: this.#canGoBack, serial });
  }

  #kindOf({ field }: Place): FieldKind {
    return this.#needs.options.fields[field] ?? 'text';
  }
}
