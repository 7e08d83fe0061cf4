/**
 * Overrides that were promised to stay are still there, unless their users went on. Not asked of worlds in which rows come
 * and go or are read beside the stream: there an override may go with its row.
 */
import type { Decision } from '@concord/core';
import { readsRows } from '../options.ts';
import { isMerged } from '../rules.ts';
import { tokenOf } from '../values.ts';
import type { Judge, JudgeNeeds, UserWrite } from './judge.ts';

export class OverrideJudge implements Judge {
  readonly #needs: JudgeNeeds;
  /** By system, record and field. */
  readonly #kept = new Map<string, string>();
  readonly #written = new Map<string, number>();

  constructor(needs: JudgeNeeds) {
    this.#needs = needs;
  }

  userWrote({ record, field, value }: UserWrite): void {
    const key = `${record}/${field}/${tokenOf(value)}`;
    this.#written.set(key, (this.#written.get(key) ?? 0) + 1);
  }

  userCreated(system: string, record: string): void {
    for (const key of this.#kept.keys()) if (key.startsWith(`${system}/${record}/`)) this.#kept.delete(key);
  }

  decided(record: string, decision: Decision): void {
    if (decision.type === 'override_reported') {
      const { system, field, held, treatment, derived } = decision;
      const kind = this.#needs.options.fields[field];
      // A computed value may be one that its user goes back to: that hides from every guard by value.
      if (treatment !== 'kept' || derived || isMerged(kind) || kind === 'effective') return;
      this.#kept.set(`${system}/${record}/${field}`, tokenOf(held));
      return;
    }
    if (this.#kept.size === 0) return;
    // Whatever else is decided of an edit of that system: its user went on, or has come to agree.
    if ('field' in decision) this.#kept.delete(`${decision.system}/${record}/${decision.field}`);
    if (!('fields' in decision) || decision.type === 'echoed' || decision.type === 'record_absorbed') return;
    for (const { field } of decision.fields) this.#kept.delete(`${decision.system}/${record}/${field}`);
  }

  atRest(): void {
    const { options, rows, report } = this.#needs;
    if (readsRows(options) || options.deletes > 0) return;
    for (const [key, kept] of this.#kept) {
      const [system = '', record = '', field = ''] = key.split('/');
      const row = rows.get(system)?.get(record);
      if (row === undefined || (this.#written.get(`${record}/${field}/${kept}`) ?? 0) > 1) continue;
      const held = tokenOf(row.values[field] ?? null);
      if (held !== kept) report('override_lost', `${system} ${record}/${field}: ${kept} became ${held}`);
    }
  }
}
