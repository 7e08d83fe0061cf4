/**
 * The people who answer reviews. They see what is committed, choose a candidate, keep the canonical value or type one of
 * their own, and may take so long that their answer is about something that has changed meanwhile.
 */
import { EXISTS } from '@concord/core';
import type { Decision, Resolution, ReviewChoice, Value, Values } from '@concord/core';
import type { Random } from '@concord/testing';
import { send } from './broker.ts';
import type { RecordInput, Topic } from './broker.ts';

type Units = Readonly<Record<string, readonly string[]>>;
type Open = {
  readonly record: string;
  readonly field: string;
  readonly revision: number;
  readonly candidates: Readonly<Record<string, Value>>;
  readonly canonical: Value;
};

/** What a reviewer meant with an answer, by the name under which it was given. */
export type OnAnswer = (by: string, values: Values) => void;
type Answer = { readonly choice: ReviewChoice; readonly values: Values };

export class Reviewers {
  readonly #topic: Topic<RecordInput>;
  readonly #units: Units;
  readonly #onAnswer: OnAnswer;
  readonly #open = new Map<string, Open>();
  #drafted: RecordInput | null = null;
  #answers = 0;

  constructor(topic: Topic<RecordInput>, units: Units, onAnswer: OnAnswer) {
    this.#units = units;
    this.#topic = topic;
    this.#onAnswer = onAnswer;
  }

  get hasWork(): boolean {
    return this.#open.size > 0 || this.#drafted !== null;
  }

  decided(record: string, decision: Decision): void {
    switch (decision.type) {
      case 'review_opened': {
        const { field, revision, system, incoming, canonical } = decision;
        const candidates = { [system]: incoming.value };
        return this.#show({ record, field, revision, candidates, canonical: canonical.value });
      }
      case 'loop_detected': {
        const { field, revision, canonical } = decision;
        const candidates = Object.entries(decision.candidates).map(([system, { value }]) => [system, value] as const);
        return this.#show({
          record,
          field,
          revision,
          candidates: Object.fromEntries(candidates),
          canonical: canonical.value,
        });
      }
      case 'review_updated': {
        const { field, revision, system, candidate } = decision;
        const open = this.#open.get(`${record}/${field}`);
        if (open === undefined) return undefined;
        const { [system]: _former, ...others } = open.candidates;
        const candidates = candidate === null ? others : { ...others, [system]: candidate.value };
        return this.#show({ ...open, revision, candidates });
      }
      case 'review_closed':
      case 'review_resolved':
        this.#open.delete(`${record}/${decision.field}`);
        return undefined;
      default:
        return undefined;
    }
  }

  act(random: Random, now: number): string {
    const drafted = this.#drafted;
    if (drafted !== null) {
      this.#drafted = null;
      send(random, this.#topic, [drafted]);
      return `answers the review of ${drafted.record} at last`;
    }
    const { record, field } = random.pick([...this.#open.values()]);
    const asked = this.#askedWith(record, field);
    const revision = Math.max(...asked.map((one) => one.revision));
    const by = `reviewer ${++this.#answers}`;
    const { choice, values } = this.#choose(random, field, asked);
    this.#onAnswer(by, values);
    const input: Resolution = { kind: 'resolution', field, choice, revision, by, at: now };
    if (random.chance(0.3)) {
      this.#drafted = { record, input };
      return `thinks about ${record}/${field}`;
    }
    send(random, this.#topic, [{ record, input }]);
    return `answers ${JSON.stringify(choice)} for ${record}/${field}, as of revision ${revision}`;
  }

  /** A unit is one question: all its fields that are open are answered at once. */
  #askedWith(record: string, field: string): readonly Open[] {
    const unit = Object.values(this.#units).find((fields) => fields.includes(field)) ?? [field];
    return unit.flatMap((one) => this.#open.get(`${record}/${one}`) ?? []);
  }

  #show(open: Open): void {
    this.#open.set(`${open.record}/${open.field}`, open);
  }

  #choose(random: Random, field: string, asked: readonly Open[]): Answer {
    const systems = [...new Set(asked.flatMap(({ candidates }) => Object.keys(candidates)))];
    const canonical = Object.fromEntries(asked.map((one) => [one.field, one.canonical]));
    if (systems.length > 0 && random.chance(0.5)) {
      const system = random.pick(systems);
      // Fields of which it has no candidate come with its unit as it holds them.
      const own = asked.filter(({ candidates }) => Object.hasOwn(candidates, system));
      const wished = own.map(({ field: one, candidates }) => [one, candidates[system] ?? null] as const);
      return { choice: { system }, values: Object.fromEntries(wished) };
    }
    if (random.chance(0.5)) return { choice: { canonical: true }, values: canonical };
    const value = field === EXISTS ? random.chance(0.5) : `${900 + this.#answers}.5`;
    return { choice: { value }, values: { ...canonical, [field]: value } };
  }
}
