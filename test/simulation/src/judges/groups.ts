/**
 * I3 of field groups: what a copy shows of a unit has stood like that in front of some user who wrote it, never a mix of two,
 * and a unit comes back to a copy only if users made it again.
 */
import type { CommandOutcome, Decision, Value } from '@concord/core';
import { readsRows } from '../options.ts';
import type { WireCommand } from '../system.ts';
import { tokenOf } from '../values.ts';
import type { Judge, JudgeNeeds, UserWrite } from './judge.ts';

type Unit = { readonly name: string; readonly fields: readonly string[] };

export class GroupJudge implements Judge {
  readonly #needs: JudgeNeeds;
  readonly #units: readonly Unit[];
  /** How often users made a unit what it is. */
  readonly #made = new Map<string, number>();
  readonly #written = new Set<string>();
  /** What each copy has shown, one after another. */
  readonly #history = new Map<string, string[]>();
  readonly #free = new Set<string>();
  /** Records of which a row met a write of ours under way: then the canonical unit is put back. */
  readonly #contested = new Set<string>();

  constructor(needs: JudgeNeeds) {
    this.#needs = needs;
    const { groups = {} } = needs.options.rules;
    this.#units = Object.entries(groups).map(([name, fields]) => ({ name, fields }));
  }

  userWrote({ system, record, field, value }: UserWrite): void {
    this.#noteReturn(record, field, tokenOf(value));
    for (const unit of this.#units) {
      if (!unit.fields.includes(field)) continue;
      const shown = this.#shown(system, record, unit);
      const history = this.#historyOf(system, record, unit);
      // A user who writes two fields of a unit at once has made it once.
      if (history.at(-1) === shown) continue;
      this.#made.set(shown, (this.#made.get(shown) ?? 0) + 1);
      history.push(shown);
    }
  }

  /** Who goes back in one field makes a new unit that no guard or row can tell from a mix of two. */
  #noteReturn(record: string, field: string, token: string): void {
    const key = `${record}/${field}/${token}`;
    if (this.#written.has(key) && this.#units.some(({ fields }) => fields.includes(field))) this.#contested.add(record);
    this.#written.add(key);
  }

  userDeleted(system: string, record: string): void {
    this.#forget(system, record);
  }

  decided(record: string, decision: Decision): void {
    if (decision.type === 'conflict_resolved' && decision.derived) this.#contested.add(record);
    // What is overwritten makes way for what was there before.
    if (decision.type === 'override_reported') this.#contested.add(record);
    // A person may bring back a unit that was there before.
    if (decision.type === 'review_resolved') this.#contested.add(record);
    if (decision.type !== 'review_resolved') return;
    // Who types a field makes a unit of their own, and a candidate may be older than its row (SPEC.md, gaps).
    if (!('value' in decision.choice) && this.#needs.options.deletes === 0) return;
    for (const { name, fields } of this.#units)
      if (fields.includes(decision.field)) this.#free.add(`${record}/${name}`);
  }

  executed({ system, record, operation, values }: WireCommand, { result }: CommandOutcome): void {
    if (result !== 'applied') return;
    if (operation !== 'update') this.#forget(system, record);
    if (operation === 'delete') return;
    for (const unit of this.#units) {
      if (unit.fields.some((field) => Object.hasOwn(values, field))) this.#check(system, record, unit);
    }
  }

  #check(system: string, record: string, unit: Unit): void {
    if (this.#free.has(`${record}/${unit.name}`)) return undefined;
    const shown = this.#shown(system, record, unit);
    const made = this.#made.get(shown);
    // A record may have been made anew without anything in the unit.
    if (shown.replaceAll(' | ', '').endsWith(': ')) return undefined;
    if (made === undefined) return this.#needs.report('torn', `${system} shows ${shown}, which nobody wrote`);
    const history = this.#historyOf(system, record, unit);
    if (history.at(-1) === shown) return undefined;
    history.push(shown);
    const times = history.filter((earlier) => earlier === shown).length;
    // Who goes back (A, B, A) hides B from every guard by value.
    const wentBack = history.some((earlier) => (this.#made.get(earlier) ?? 0) > 1);
    if (times <= made || wentBack || this.#contested.has(record) || this.#isAnswered(unit)) return undefined;
    return this.#needs.report('reverted', `${system}: ${history.join(', then ')}`);
  }

  /** A trigger's answer that cannot be told from an edit: in an event of its own, or shown by a row. */
  #isAnswered({ fields }: Unit): boolean {
    const { systems } = this.#needs.options;
    if (!fields.includes('a')) return false;
    return systems.some(({ trigger }) => trigger === 'later' || (trigger === 'same' && readsRows(this.#needs.options)));
  }

  #historyOf(system: string, record: string, { name }: Unit): string[] {
    const key = `${system}/${record}/${name}`;
    const known = this.#history.get(key) ?? [];
    this.#history.set(key, known);
    return known;
  }

  #forget(system: string, record: string): void {
    for (const { name } of this.#units) this.#history.delete(`${system}/${record}/${name}`);
  }

  #shown(system: string, record: string, { name, fields }: Unit): string {
    const values: Readonly<Record<string, Value>> = this.#needs.rows.get(system)?.get(record)?.values ?? {};
    return `${record}/${name}: ${fields.map((field) => tokenOf(values[field] ?? null)).join(' | ')}`;
  }
}
