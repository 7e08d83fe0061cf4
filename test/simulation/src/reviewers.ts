/**
 * The people who answer reviews. They see what is committed, choose a candidate, keep the canonical value or type one of
 * their own, and may take so long that their answer is about something that has changed meanwhile.
 */
import { EXISTS } from '@concord/core';
import type { Decision, Resolution, ReviewChoice, Value } from '@concord/core';
import type { Random } from '@concord/testing';
import { send } from './broker.ts';
import type { RecordInput, Topic } from './broker.ts';

type Open = {
  readonly record: string;
  readonly field: string;
  readonly revision: number;
  readonly candidates: Readonly<Record<string, Value>>;
  readonly canonical: Value;
};

/** What a reviewer meant with an answer, by the name under which it was given. */
export type OnAnswer = (by: string, value: Value) => void;

export class Reviewers {
  readonly #topic: Topic<RecordInput>;
  readonly #onAnswer: OnAnswer;
  readonly #open = new Map<string, Open>();
  #drafted: RecordInput | null = null;
  #answers = 0;

  constructor(topic: Topic<RecordInput>, onAnswer: OnAnswer) {
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
    const open = random.pick([...this.#open.values()]);
    const { record, field, revision } = open;
    const by = `reviewer ${++this.#answers}`;
    const choice = this.#choose(random, open);
    const input: Resolution = { kind: 'resolution', field, choice, revision, by, at: now };
    if (random.chance(0.3)) {
      this.#drafted = { record, input };
      return `thinks about ${record}/${field}`;
    }
    send(random, this.#topic, [{ record, input }]);
    return `answers ${JSON.stringify(choice)} for ${record}/${field}, as of revision ${revision}`;
  }

  #show(open: Open): void {
    this.#open.set(`${open.record}/${open.field}`, open);
  }

  #choose(random: Random, { field, candidates, canonical }: Open): ReviewChoice {
    const systems = Object.keys(candidates);
    const by = `reviewer ${this.#answers}`;
    if (systems.length > 0 && random.chance(0.5)) {
      const system = random.pick(systems);
      this.#onAnswer(by, candidates[system] ?? null);
      return { system };
    }
    if (random.chance(0.5)) {
      this.#onAnswer(by, canonical);
      return { canonical: true };
    }
    const value = field === EXISTS ? random.chance(0.5) : `${900 + this.#answers}.5`;
    this.#onAnswer(by, value);
    return { value };
  }
}
