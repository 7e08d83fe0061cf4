/**
 * I7 of counters: whatever is lost, repeated or late, every copy ends at the sum of what users added anywhere. Of a record
 * that was born twice nobody can say from where to count; of an edit that met our write in a row read beside the stream
 * nobody knows from what its user counted, and it stands in a conflict instead (SPEC.md, gaps).
 */
import type { Decision, Value } from '@concord/core';
import { readsRows } from '../options.ts';
import { equalAt } from '../values.ts';
import type { Judge, JudgeNeeds, UserWrite } from './judge.ts';

const SCALE = 10_000;

export class CounterJudge implements Judge {
  readonly #needs: JudgeNeeds;
  readonly #sums = new Map<string, number>();
  readonly #births = new Map<string, number>();
  readonly #excused = new Set<string>();

  constructor(needs: JudgeNeeds) {
    this.#needs = needs;
  }

  userCreated(_system: string, record: string): void {
    this.#births.set(record, (this.#births.get(record) ?? 0) + 1);
  }

  /** What was added and deleted between two looks at the rows nobody has ever seen. */
  userDeleted(_system: string, record: string): void {
    if (!readsRows(this.#needs.options)) return;
    for (const field of Object.keys(this.#needs.options.fields)) this.#excused.add(`${record}/${field}`);
  }

  userWrote({ record, field, value, over }: UserWrite): void {
    if (!this.#isCounter(field)) return;
    const key = `${record}/${field}`;
    this.#sums.set(key, (this.#sums.get(key) ?? 0) + unitsOf(value) - unitsOf(over));
  }

  decided(record: string, decision: Decision): void {
    // Of somebody else's record an edit that arrives at the sum is no more than that: it would have been overridden.
    if (decision.type === 'agreed' && this.#needs.options.rules.ownership !== undefined) {
      for (const { field } of decision.fields) if (this.#isCounter(field)) this.#excused.add(`${record}/${field}`);
    }
    const isJudged = decision.type === 'conflict_resolved' || decision.type === 'override_reported';
    if (!isJudged || !this.#isCounter(decision.field)) return;
    const key = `${record}/${decision.field}`;
    this.#excused.add(key);
    // Who counts in a record of somebody else is overridden, on record.
    if (decision.type === 'override_reported') return;
    if (decision.kind === 'create_create' || readsRows(this.#needs.options)) return;
    this.#needs.report('uncounted', `an edit of ${key} at ${decision.system} was not added`);
  }

  atRest(): void {
    for (const [key, sum] of this.#sums) {
      const [record = '', field = ''] = key.split('/');
      if (this.#births.get(record) !== 1 || this.#excused.has(key)) continue;
      for (const profile of this.#needs.options.systems) {
        const row = this.#needs.rows.get(profile.name)?.get(record);
        if (row === undefined || this.#needs.isParted(profile.name, record, field)) continue;
        const [held, due] = [row.values[field] ?? '0', String(sum / SCALE)];
        if (equalAt(profile, 'counter', held, due)) continue;
        this.#needs.report('miscounted', `${profile.name} ${key}: ${String(held)}, the sum is ${due}`);
      }
    }
  }

  #isCounter(field: string): boolean {
    return this.#needs.options.fields[field] === 'counter';
  }
}

function unitsOf(value: Value): number {
  return Math.round(Number(value ?? 0) * SCALE);
}
