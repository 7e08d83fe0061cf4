/**
 * I1 at every moment: what a user wrote is still to be decided (in its system's stream, or where there is none in its row),
 * or it is in the store (canonical, or in a row that waits), or it is on record: replaced by somebody who had it on the
 * screen, deleted, or a side of a conflict. Judged after every commit for the records in it, and for all when there is rest.
 */
import { EXISTS } from '@concord/core';
import type { RecordState, Value } from '@concord/core';
import type { Auditor } from './auditor.ts';
import { partOf } from './broker.ts';
import type { RecordInput, Topic } from './broker.ts';
import type { UserWrite } from './judges/judge.ts';
import type { Commit, CommittedStep } from './store.ts';
import type { SimulatedSystem } from './system.ts';
import { tokenOf } from './values.ts';

export type WhereaboutsNeeds = {
  readonly auditor: Auditor;
  readonly systems: readonly SimulatedSystem[];
  readonly changes: Topic<RecordInput>;
};

export class Whereabouts {
  readonly #needs: WhereaboutsNeeds;
  readonly #systems: ReadonlyMap<string, SimulatedSystem>;
  /** The place of the last change that was decided, by system and record. */
  readonly #decided = new Map<string, string>();
  readonly #reported = new Set<UserWrite>();

  constructor(needs: WhereaboutsNeeds) {
    this.#needs = needs;
    this.#systems = new Map(needs.systems.map((system) => [system.profile.name, system]));
  }

  committed({ partition, offsets, steps }: Commit): void {
    for (const step of steps) {
      this.#follow(step);
      const isInTopic = (): boolean =>
        partOf(this.#needs.changes, partition).some(
          ({ record }, offset) => offset >= offsets.changes && record === step.record,
        );
      this.#check(step.record, step.after, (write) => this.#isUnderWay(write, step.after, isInTopic));
    }
  }

  atRest(record: string, state: RecordState): void {
    this.#check(record, state, () => false);
  }

  #follow({ record, inputs }: CommittedStep): void {
    for (const input of inputs) {
      if (input.kind !== 'change' || input.snapshot || input.position === '') continue;
      const place = `${input.system}/${record}`;
      if (input.position > (this.#decided.get(place) ?? '')) this.#decided.set(place, input.position);
    }
  }

  #check(record: string, state: RecordState, isUnderWay: (write: UserWrite) => boolean): void {
    const { auditor } = this.#needs;
    // Whether the record exists may be for people to say: until then what was said of it is as current as ever.
    const isCurrent = state.exists.value || auditor.isOpen(record, EXISTS);
    for (const write of auditor.writesTo(record)) {
      const { system, field, value } = write;
      if (isCurrent && tokenOf(state.fields[field]?.value ?? null) === tokenOf(value)) continue;
      if (auditor.isAccounted(write) || this.#reported.has(write) || isUnderWay(write)) continue;
      this.#reported.add(write);
      auditor.report('lost', `${system} wrote ${String(value)} to ${record}/${field}`);
    }
  }

  #isUnderWay(
    { system: name, record, field, value }: UserWrite,
    state: RecordState,
    isInTopic: () => boolean,
  ): boolean {
    const system = this.#systems.get(name);
    if (system === undefined) return false;
    const shows = (told: Value | undefined): boolean => tokenOf(told ?? null) === tokenOf(value);
    if (state.systems[name]?.heldRows.some(({ values }) => shows(values[field])) === true) return true;
    if (system.profile.kind === 'polled') return shows(system.rows.get(record)?.values[field]) || isInTopic();
    const decided = this.#decided.get(`${name}/${record}`) ?? '';
    return system.stream.some(
      (event) => event.record === record && event.change.position > decided && shows(event.change.values[field]),
    );
  }
}
