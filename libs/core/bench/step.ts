/**
 * How fast one core decides, and how much is stored: node libs/core/bench/step.ts
 * Each story runs the way production does (decode, step, encode) and once more without the storing, on records of ten
 * fields. The state of a record must not grow with its history, so its bytes are printed after few and after many changes.
 */
import { decodeState, encodeState, initialState, step } from '../src/index.ts';
import type { EntityRules, Input, RecordState, SourceChange } from '../src/index.ts';

const FIELDS = ['name', 'phone', 'email', 'city', 'street', 'country', 'website', 'industry', 'rating', 'description'];
const SECONDS_PER_STORY = 1.5;

function rulesFor(systems: readonly string[]): EntityRules {
  const type = { kind: 'string' } as const;
  const access = { type, read: true, write: true, targetEdit: 'overwritten' } as const;
  const fields = Object.fromEntries(FIELDS.map((field) => [field, access]));
  const system = { fields, readExistence: true, writeExistence: true };
  return {
    entity: 'accounts',
    fields: Object.fromEntries(FIELDS.map((field) => [field, { type, policy: { kind: 'last_write_wins' } }])),
    systems: Object.fromEntries(systems.map((name) => [name, system])),
    deletePolicy: 'delete_wins',
  };
}

/** A record whose life goes on for as long as one likes: an edit at one system, then outcomes and echoes at the others. */
class Life {
  state: RecordState = initialState();
  changes = 0;
  readonly #rules: EntityRules;
  readonly #systems: readonly string[];
  readonly #isStored: boolean;
  readonly #positions = new Map<string, number>();
  #sequence = 1;

  constructor(systems: readonly string[], isStored: boolean) {
    this.#systems = systems;
    this.#rules = rulesFor(systems);
    this.#isStored = isStored;
  }

  edit(editors: readonly string[]): void {
    const commands = this.#step(
      editors.map((system) => this.#change(system, { [this.#field()]: `value ${this.changes}` }, null)),
    );
    this.#settle(commands);
  }

  create(): void {
    const values = Object.fromEntries(FIELDS.map((field) => [field, `first ${field}`]));
    this.#settle(this.#step([{ ...this.#change(this.#systems[0] ?? '', values, null), complete: true }]));
  }

  #settle(issued: ReturnType<typeof step>['commands']): void {
    let commands = issued;
    while (commands.length > 0) {
      const inputs = commands.flatMap(({ system, sequence, values }): Input[] => [
        {
          kind: 'outcome',
          system,
          sequence,
          result: 'applied',
          staleFields: [],
          nativeId: `${system}-1`,
          code: null,
          reason: null,
        },
        this.#change(system, values, sequence),
      ]);
      commands = this.#step(inputs);
    }
  }

  #step(inputs: readonly Input[]): ReturnType<typeof step>['commands'] {
    const state = this.#isStored ? decodeState(encodeState(this.state)) : this.state;
    const result = step(state, inputs, this.#rules, this.#sequence);
    this.#sequence += result.commands.length;
    this.changes += inputs.length;
    this.state = result.state;
    return result.commands;
  }

  #field(): string {
    return FIELDS[this.changes % FIELDS.length] ?? '';
  }

  #change(system: string, values: SourceChange['values'], echo: number | null): SourceChange {
    const place = (this.#positions.get(system) ?? 0) + 1;
    this.#positions.set(system, place);
    const position = place.toString(16).padStart(24, '0');
    const at = 1_732_000_000_000 + place;
    const of = { kind: 'change', system, position, at, nativeId: `${system}-1`, existence: 'exists' } as const;
    return { ...of, values, complete: false, snapshot: false, echo, transaction: '7' };
  }
}

function measure(title: string, systems: readonly string[], editors: readonly string[], isStored: boolean): void {
  const life = new Life(systems, isStored);
  life.create();
  for (let warm = 0; warm < 2000; warm++) life.edit(editors);
  const bytesEarly = encodeState(life.state).length;
  const [started, changesBefore] = [performance.now(), life.changes];
  while (performance.now() - started < SECONDS_PER_STORY * 1000)
    for (let round = 0; round < 100; round++) life.edit(editors);
  const seconds = (performance.now() - started) / 1000;
  const perSecond = Math.round((life.changes - changesBefore) / seconds);
  const bytesLate = encodeState(life.state).length;
  console.log(
    `${title.padEnd(52)} ${String(perSecond).padStart(9)} inputs/s   ${bytesEarly} → ${bytesLate} bytes of state`,
  );
}

for (const isStored of [false, true]) {
  const how = isStored ? ', decoded and encoded' : '';
  measure(`fast-forward, outcome, echo; 2 systems${how}`, ['P', 'S'], ['P'], isStored);
  measure(`conflict each time; 2 systems${how}`, ['P', 'S'], ['P', 'S'], isStored);
  measure(`fast-forward, outcomes, echoes; 5 systems${how}`, ['P', 'S', 'Q', 'R', 'T'], ['P'], isStored);
}
