/**
 * Copies of one record in several systems, for laws over whole histories: each has its own stream, guarded commands and
 * users who edit what they see, and whatever travels arrives when the test says so. No faults: those are the simulation's.
 */
import { initialState, same, step } from '@concord/core';
import type { EntityRules, Input, IssuedCommand, RecordState, SourceChange, Values } from '@concord/core';
import { change, outcome } from './builders.ts';

/** What may happen next to one system. */
export const HAPPENINGS = ['hear', 'execute', 'learnOutcome'] as const;

type Copy = { row: Values; readonly stream: SourceChange[]; readonly commands: IssuedCommand[]; outcomes: Input[] };

export class Copies {
  state: RecordState = initialState();
  readonly #rules: EntityRules;
  readonly #copies: ReadonlyMap<string, Copy>;
  #time = 0;
  #sequence = 1;

  /** The first system creates the record, and all others get their copy. */
  constructor(rules: EntityRules, start: Values) {
    this.#rules = rules;
    const names = Object.keys(rules.systems);
    this.#copies = new Map(names.map((name) => [name, { row: {}, stream: [], commands: [], outcomes: [] }]));
    const [first = ''] = names;
    this.#write(first, start, null);
    this.settle();
  }

  rows(): readonly Values[] {
    return [...this.#copies.values()].map(({ row }) => row);
  }

  row(system: string): Values {
    return this.#copy(system).row;
  }

  edit(system: string, values: Values): void {
    this.#write(system, values, null);
  }

  /** The next event of the system's stream arrives. */
  hear(system: string): void {
    const event = this.#copy(system).stream.shift();
    if (event !== undefined) this.#step(event);
  }

  execute(system: string): void {
    const copy = this.#copy(system);
    const command = copy.commands.shift();
    if (command === undefined) return;
    const fields = Object.keys(command.expected);
    const isStale = fields.some((field) => !this.#holds(system, field, command));
    if (!isStale) this.#write(system, command.values, command.sequence);
    const result = isStale ? 'stale' : 'applied';
    copy.outcomes.push(outcome(system, command.sequence, { result, nativeId: `${system}-1` }));
  }

  learnOutcome(system: string): void {
    const known = this.#copy(system).outcomes.shift();
    if (known !== undefined) this.#step(known);
  }

  /** Until nothing travels any more; false when it never ends. */
  settle(): boolean {
    for (let round = 0; round < 200; round++) {
      for (const system of this.#copies.keys()) for (const happening of HAPPENINGS) this[happening](system);
      if ([...this.#copies.values()].every(isQuiet)) return true;
    }
    return false;
  }

  #holds(system: string, field: string, { expected }: IssuedCommand): boolean {
    const type = this.#rules.systems[system]?.fields[field]?.type ?? { kind: 'string' };
    return same(type, this.#copy(system).row[field] ?? null, expected[field] ?? null);
  }

  #write(system: string, values: Values, echo: number | null): void {
    const copy = this.#copy(system);
    copy.row = { ...copy.row, ...values };
    this.#time += 1;
    copy.stream.push(change(system, this.#time, copy.row, { complete: true, echo }));
  }

  #step(input: Input): void {
    const { state, commands } = step(this.state, [input], this.#rules, this.#sequence);
    this.state = state;
    this.#sequence += commands.length;
    for (const command of commands) this.#copy(command.system).commands.push(command);
  }

  #copy(system: string): Copy {
    const copy = this.#copies.get(system);
    if (copy === undefined) throw new RangeError(`No such system: ${system}`);
    return copy;
  }
}

function isQuiet({ stream, commands, outcomes }: Copy): boolean {
  return stream.length === 0 && commands.length === 0 && outcomes.length === 0;
}
