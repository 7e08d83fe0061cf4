/**
 * Stories of one record as text: one line per thing that happens, and what the core makes of it behind the arrow. A story
 * is read like the list of an anomaly's steps, and its diff is read line by line.
 *
 *     P creates a=1 b=2      → existence_fast_forwarded fast_forwarded | S create a=1 b=2
 *     S applies              →
 *     S echoes               → echoed
 *     P edits a=3            → fast_forwarded | S update a=3/1
 *     P edits a=4 @5         → …                                         (at another time than the line's)
 *     S deletes              → existence_fast_forwarded | P delete
 *
 * In a command `a=3/1` means: 3 where 1 is expected. `-` is null. Behind the arrow stand the decisions that say something
 * about the record, without bookkeeping (observed, learned, outcomes, the issuing of commands itself).
 * `3. P edits a=1` is the third step of an account that the story follows. `images` is an edit told as a whole row, `shows` a row read at a place in the stream, `reads` one read without a place,
 * `lacks` that there was none.
 * A system's commands are applied and echoed in the order in which they were issued. `echoes a=5` is an echo in which the
 * system altered what was written, `skips` an echo that never comes; `stales a`, `rejects` and `waits` are the other outcomes.
 * People answer reviews: `ann resolves a from S`, `a canonical`, `a with 5`, of a unit also `a with a=5 b=6`.
 */
import { initialState, step } from '@concord/core';
import type {
  Decision,
  EntityRules,
  Input,
  IssuedCommand,
  RecordState,
  ReviewChoice,
  SourceChange,
  Value,
  Values,
} from '@concord/core';
import { change, outcome } from './builders.ts';

const BOOKKEEPING: ReadonlySet<Decision['type']> = new Set([
  'observed',
  'rows_released',
  'learned',
  'existence_learned',
  'existence_agreed',
  'outcome_recorded',
  'outcome_dropped',
  'command_issued',
]);

/** Steps of a numbered account keep their numbers. */
const STEP = /^\s*\d+\.\s/;

export type Told = { readonly told: string; readonly state: RecordState; readonly decisions: readonly Decision[] };

/** Plays the story and tells it again with what really happened behind the arrows: equal texts are a passed test. */
export function playStory(rules: EntityRules, story: string): Told {
  const player = new StoryPlayer(rules);
  const lines = story.split('\n').filter((line) => line.trim() !== '');
  const told = lines.map((line) => player.play(line));
  return { told: told.join('\n'), state: player.state, decisions: player.decisions };
}

/** The story in the same spacing as `playStory` tells it. */
export function asTold(story: string): string {
  const lines = story.split('\n').filter((line) => line.trim() !== '');
  return lines.map((line) => tidy(line)).join('\n');
}

class StoryPlayer {
  state: RecordState = initialState();
  readonly decisions: Decision[] = [];
  readonly #rules: EntityRules;
  readonly #unapplied: IssuedCommand[] = [];
  readonly #unechoed: IssuedCommand[] = [];
  #time = 0;
  #sequence = 1;

  constructor(rules: EntityRules) {
    this.#rules = rules;
  }

  play(line: string): string {
    const [told = ''] = line.split('→');
    const event = told.replace(STEP, '');
    this.#time += 10;
    const inputs = event.split(' and ').flatMap((part) => this.#input(part.trim()) ?? []);
    const { state, decisions, commands } = step(this.state, inputs, this.#rules, this.#sequence);
    this.state = state;
    this.decisions.push(...decisions);
    this.#sequence += commands.length;
    this.#unapplied.push(...commands);
    this.#unechoed.push(...commands);
    const said = decisions.filter(({ type }) => !BOOKKEEPING.has(type)).map(describeDecision);
    const issued = commands.map(describeCommand);
    const made = [said.join(' '), issued.join(', ')].filter((part) => part !== '');
    return tidy(`${told}→ ${made.join(said.length === 0 ? '' : ' | ')}`).replace(
      /→ (?=\w update|\w create|\w delete)/,
      '→ | ',
    );
  }

  #input(text: string): Input | null {
    const [system = '', verb = '', ...words] = text.split(/\s+/);
    this.#time += 1;
    const values = valuesOf(words);
    const at = words.find((word) => word.startsWith('@'))?.slice(1);
    const when = at === undefined ? {} : { at: Number(at) };
    switch (verb) {
      case 'creates':
      case 'images':
        return this.#change(system, values, { complete: true, ...when });
      case 'edits':
        return this.#change(system, values, when);
      case 'repeats':
        return this.#change(system, values, { position: this.state.systems[system]?.position ?? '', ...when });
      case 'shows':
        return this.#change(system, values, { complete: true, snapshot: true, ...when });
      case 'reads':
        return this.#change(system, values, { complete: true, snapshot: true, position: '', ...when });
      case 'lacks':
        return this.#change(system, {}, { existence: 'deleted', snapshot: true, position: '', ...when });
      case 'deletes':
        return this.#change(system, {}, { existence: 'deleted', ...when });
      case 'skips':
        take(this.#unechoed, system);
        return null;
      case 'echoes':
        return this.#echo(system, values);
      case 'resolves':
        return this.#resolution(system, words);
      case 'applies':
      case 'stales':
      case 'rejects':
      case 'waits':
        return this.#outcome(system, verb, words);
      default:
        throw new SyntaxError(`No such thing happens in a story: ${text}`);
    }
  }

  /** `ann resolves a canonical`, `a from S`, `a with 5`; `#3` names another revision than that of the review. */
  #resolution(by: string, words: readonly string[]): Input {
    const [field = '', how, what = ''] = words;
    const seen = words.find((word) => word.startsWith('#'))?.slice(1);
    const revision = seen === undefined ? this.#revisionOf(field) : Number(seen);
    return { kind: 'resolution', field, choice: choiceOf(how, what, words), revision, by, at: this.#time };
  }

  /** The newest of the unit that the field is part of. */
  #revisionOf(field: string): number {
    const unit = Object.values(this.#rules.groups ?? {}).find((fields) => fields.includes(field)) ?? [field];
    return Math.max(...unit.map((one) => this.state.reviews[one]?.revision ?? 0));
  }

  #change(system: string, values: Values, options: Partial<SourceChange>): SourceChange {
    return change(system, this.#time, values, options);
  }

  #echo(system: string, altered: Values): SourceChange {
    const command = take(this.#unechoed, system);
    const existence = command.operation === 'delete' ? 'deleted' : 'exists';
    const complete = command.operation === 'create';
    const values = { ...command.values, ...altered };
    const kind = this.#rules.systems[system]?.echoes ?? 'marked';
    const echo = { marked: command.sequence, ours: 'ours', values: null, polled: null } as const;
    return this.#change(system, values, { echo: echo[kind], existence, complete });
  }

  #outcome(system: string, verb: 'applies' | 'stales' | 'rejects' | 'waits', words: readonly string[]): Input {
    const next = this.#unapplied.find((one) => one.system === system);
    const command = verb === 'waits' && next !== undefined ? next : take(this.#unapplied, system);
    const nativeId = command.operation === 'create' ? `${system}-1` : null;
    if (verb === 'applies') return outcome(system, command.sequence, { nativeId });
    // What was not executed is never echoed.
    if (verb !== 'waits') this.#unechoed.splice(this.#unechoed.indexOf(command), 1);
    const result = verb === 'stales' ? 'stale' : verb === 'rejects' ? 'rejected' : 'waiting';
    return outcome(system, command.sequence, { result, staleFields: words });
  }
}

function choiceOf(how: string | undefined, what: string, words: readonly string[]): ReviewChoice {
  if (how === 'from') return { system: what };
  if (how !== 'with') return { canonical: true };
  return what.includes('=') ? { values: valuesOf(words) } : { value: valueOf(what) };
}

function take(commands: IssuedCommand[], system: string): IssuedCommand {
  const index = commands.findIndex((command) => command.system === system);
  const [command] = index < 0 ? [] : commands.splice(index, 1);
  if (command === undefined) throw new RangeError(`Nothing was sent to ${system}`);
  return command;
}

function describeDecision(decision: Decision): string {
  if (decision.type === 'conflict_resolved') return `${decision.kind}(${decision.field}:${decision.winner})`;
  if (/^(review|loop)_/.test(decision.type) && 'field' in decision) return `${decision.type}(${decision.field})`;
  if (decision.type === 'resolution_refused') return `${decision.type}(${decision.reason})`;
  if (decision.type === 'computed') return `computed(${decision.field}:${show(decision.value)})`;
  if (decision.type === 'merged') return `merged(${decision.field}:${show(decision.value)})`;
  return decision.type;
}

function describeCommand({ system, operation, values, expected }: IssuedCommand): string {
  const told = Object.entries(values).map(([field, value]) => {
    const guard = operation === 'update' ? `/${show(expected[field] ?? null)}` : '';
    return ` ${field}=${show(value)}${guard}`;
  });
  return `${system} ${operation}${told.join('')}`;
}

function show(value: Value): string {
  return value === null ? '-' : String(value);
}

function valuesOf(words: readonly string[]): Values {
  const pairs = words.filter((word) => word.includes('=')).map((word) => word.split('=') as [string, string]);
  return Object.fromEntries(pairs.map(([field, value]) => [field, value === '-' ? null : value]));
}

function valueOf(word: string): Value {
  if (word === 'true' || word === 'false') return word === 'true';
  return word === '-' ? null : word;
}

function tidy(line: string): string {
  return line.trim().replace(/\s+/g, ' ');
}
