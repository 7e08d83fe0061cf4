/** A record whose life goes on for as long as one likes: edits at some systems, then outcomes and echoes at the others. */
import { decodeState, encodeState, initialState, step } from '../src/index.ts';
import type {
  EntityRules,
  FieldPolicy,
  FieldType,
  Input,
  IssuedCommand,
  RecordState,
  SourceChange,
  Value,
} from '../src/index.ts';

const FIELDS = ['name', 'phone', 'email', 'city', 'street', 'country', 'website', 'industry', 'rating', 'description'];

export type Story = {
  readonly title: string;
  readonly systems: readonly string[];
  /** Who edits the same field at the same time. */
  readonly editors: readonly string[];
  readonly type: FieldType;
  readonly policy: FieldPolicy;
};

export class Life {
  state: RecordState = initialState();
  /** Inputs so far: edits, outcomes and echoes. */
  inputs = 0;
  readonly #story: Story;
  readonly #rules: EntityRules;
  readonly #isStored: boolean;
  readonly #positions = new Map<string, number>();
  #sequence = 1;
  #edits = 0;

  /** `isStored`: the state is decoded before and encoded after each step, as in production. */
  constructor(story: Story, isStored: boolean) {
    this.#story = story;
    this.#rules = rulesOf(story);
    this.#isStored = isStored;
    const values = Object.fromEntries(FIELDS.map((field) => [field, this.#value()]));
    this.#settle(this.#step([{ ...this.#change(story.systems[0] ?? '', values, null), complete: true }]));
  }

  edit(): void {
    const field = FIELDS[this.#edits % FIELDS.length] ?? '';
    const { editors } = this.#story;
    this.#settle(this.#step(editors.map((system) => this.#change(system, { [field]: this.#value() }, null))));
  }

  #settle(issued: readonly IssuedCommand[]): void {
    let commands = issued;
    while (commands.length > 0) {
      commands = this.#step(
        commands.flatMap(({ system, sequence, values }): Input[] => {
          const nothing = { staleFields: [], nativeId: `${system}-1`, code: null, reason: null };
          const outcome = { kind: 'outcome', system, sequence, result: 'applied', ...nothing } as const;
          return [outcome, this.#change(system, values, sequence)];
        }),
      );
    }
  }

  #step(inputs: readonly Input[]): readonly IssuedCommand[] {
    const state = this.#isStored ? decodeState(encodeState(this.state)) : this.state;
    const result = step(state, inputs, this.#rules, this.#sequence);
    this.#sequence += result.commands.length;
    this.inputs += inputs.length;
    this.state = result.state;
    return result.commands;
  }

  /** Always of the same length, so that bytes tell of the history alone. */
  #value(): Value {
    this.#edits += 1;
    const serial = 1_000_000 + (this.#edits % 1_000_000);
    return this.#story.type.kind === 'string' ? `value ${serial}` : serial;
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

const known = new WeakMap<Story, EntityRules>();

/** The same object for all records, as in production: what is compiled from it is remembered. */
function rulesOf(story: Story): EntityRules {
  const rules = known.get(story) ?? rulesFor(story);
  known.set(story, rules);
  return rules;
}

function rulesFor({ systems, type, policy }: Story): EntityRules {
  const access = { type, read: true, write: true, targetEdit: 'overwritten' } as const;
  const fields = Object.fromEntries(FIELDS.map((field) => [field, access]));
  const system = { fields, readExistence: true, writeExistence: true };
  return {
    entity: 'accounts',
    fields: Object.fromEntries(FIELDS.map((field) => [field, { type, policy }])),
    systems: Object.fromEntries(systems.map((name) => [name, system])),
    deletePolicy: 'delete_wins',
  };
}
