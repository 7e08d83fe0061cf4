/**
 * I10 of automation: two systems that answer each other are stopped within the bound, the loop is named with what they said,
 * and nobody is stopped who is no loop. That the field is frozen from then on is the matter of `reviews.ts`; that all else
 * flows on, of everybody.
 */
import type { Decision, LoopPrevention } from '@concord/core';
import { tokenOf } from '../values.ts';
import type { Judge, JudgeNeeds, UserWrite } from './judge.ts';

const PINGED = 'l';
/** What is not known to be automatic before it recurs, for each time that a person speaks. */
const UNKNOWN_MAX = 4;

export class LoopJudge implements Judge {
  readonly #needs: JudgeNeeds;
  readonly #bound: LoopPrevention;
  /** How often a value was taken over, and how often a person spoke, by record. */
  readonly #answers = new Map<string, number>();
  readonly #words = new Map<string, number>();
  readonly #written = new Map<string, number>();
  readonly #recurring = new Set<string>();

  constructor(needs: JudgeNeeds, bound: LoopPrevention) {
    this.#needs = needs;
    this.#bound = bound;
  }

  userWrote({ record, field, value }: UserWrite): void {
    if (field === PINGED) this.#words.set(record, (this.#words.get(record) ?? 1) + 1);
    const key = `${record}/${field}/${tokenOf(value)}`;
    const times = (this.#written.get(key) ?? 0) + 1;
    this.#written.set(key, times);
    // People who set a field to and fro are stopped like automation, and asked.
    if (times > 1) this.#recurring.add(`${record}/${field}`);
  }

  decided(record: string, decision: Decision): void {
    switch (decision.type) {
      case 'derived':
      case 'fast_forwarded':
        for (const { field } of decision.fields) this.#count(record, field);
        return undefined;
      case 'review_resolved':
        if (decision.field === PINGED) this.#words.set(record, (this.#words.get(record) ?? 1) + 1);
        this.#recurring.add(`${record}/${decision.field}`);
        return undefined;
      case 'loop_detected': {
        const { field, cycle, system, incoming } = decision;
        const key = `${record}/${field}`;
        // A system's stamp follows the answers of others in the field beside it.
        const { fields, systems } = this.#needs.options;
        const isAnswered = fields[PINGED] !== undefined || systems.some(({ trigger }) => trigger !== 'none');
        const isStamped = isAnswered && fields[field] === 'stamp';
        const isExpected = field === PINGED || isStamped || this.#recurring.has(key);
        if (!isExpected) this.#needs.report('false_loop', `${key} was stopped, and nothing goes round there`);
        const last = cycle.at(-1);
        const automated = cycle.filter((link) => link.automated).length;
        const isNamed = last?.system === system && last.value === incoming.value;
        if (!isNamed || automated <= this.#bound.maxUpdates)
          this.#needs.report('loop_unnamed', `${key}: ${JSON.stringify(cycle)}`);
        return undefined;
      }
      default:
        return undefined;
    }
  }

  #count(record: string, field: string): void {
    if (field !== PINGED) return;
    const [answers, words] = [(this.#answers.get(record) ?? 0) + 1, this.#words.get(record) ?? 1];
    this.#answers.set(record, answers);
    if (answers > words * (this.#bound.maxUpdates + UNKNOWN_MAX))
      this.#needs.report('loop_unbounded', `${record}/${field} was changed ${answers} times after ${words} words`);
  }
}
