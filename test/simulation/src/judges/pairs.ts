/**
 * Paired fields: what the users of a system last said in its own field stands everywhere, whatever others did, and the
 * effective field is what the rule makes of all own values. A record that was deleted and made again begins anew: nobody
 * keeps track of that here.
 */
import type { Decision, EffectiveRule, PairedPolicy, Value } from '@concord/core';
import { equalAt } from '../values.ts';
import type { Judge, JudgeNeeds, UserWrite } from './judge.ts';

type Own = { readonly system: string; readonly value: Value; readonly at: number };

export class PairJudge implements Judge {
  readonly #needs: JudgeNeeds;
  readonly #effective: string;
  readonly #policy: PairedPolicy;
  /** By record and own field. */
  readonly #said = new Map<string, Value>();
  readonly #at = new Map<string, number>();
  readonly #records = new Set<string>();
  readonly #overridden = new Set<string>();

  constructor(needs: JudgeNeeds, effective: string, policy: PairedPolicy) {
    this.#needs = needs;
    this.#effective = effective;
    this.#policy = policy;
  }

  userWrote({ system, record, field, value }: UserWrite): void {
    if (this.#policy.own[system] !== field) return;
    this.#records.add(record);
    this.#said.set(`${record}/${field}`, value);
  }

  decided(record: string, decision: Decision): void {
    if (decision.type === 'override_reported' && this.#policy.own[decision.system] === decision.field) {
      // The record is another system's: what is said in it is overridden, on record.
      this.#overridden.add(record);
    }
    if (decision.type !== 'fast_forwarded') return;
    for (const { field } of decision.fields) {
      if (this.#policy.own[decision.system] === field) this.#at.set(`${record}/${field}`, decision.at);
    }
  }

  atRest(): void {
    if (this.#needs.options.deletes > 0) return;
    for (const record of this.#records) {
      if (this.#overridden.has(record)) continue;
      const own = this.#ownOf(record);
      for (const { system, value } of own) this.#check(record, this.#policy.own[system] ?? '', value);
      const chosen = own.filter(({ value }) => value !== null).reduce(better(this.#policy.effective), null);
      this.#check(record, this.#effective, chosen?.value ?? null);
    }
  }

  #ownOf(record: string): readonly Own[] {
    return Object.entries(this.#policy.own).map(([system, field]) => {
      const key = `${record}/${field}`;
      return { system, value: this.#said.get(key) ?? null, at: this.#at.get(key) ?? 0 };
    });
  }

  #check(record: string, field: string, due: Value): void {
    for (const profile of this.#needs.options.systems) {
      const row = this.#needs.rows.get(profile.name)?.get(record);
      if (row === undefined || this.#needs.isParted(profile.name, record, field)) continue;
      const held = row.values[field] ?? null;
      if (equalAt(profile, 'own', held, due)) continue;
      this.#needs.report('unpaired', `${profile.name} ${record}/${field}: ${String(held)}, should be ${String(due)}`);
    }
  }
}

function better(rule: EffectiveRule): (best: Own | null, next: Own) => Own {
  return (best, next) => (best === null || isBetter(rule, next, best) ? next : best);
}

function isBetter(rule: EffectiveRule, next: Own, best: Own): boolean {
  const difference = measure(rule, next) - measure(rule, best);
  if (difference !== 0) return difference > 0;
  return next.at === best.at ? next.system > best.system : next.at > best.at;
}

function measure(rule: EffectiveRule, { system, value }: Own): number {
  switch (rule.kind) {
    case 'source_priority':
      return -rule.order.indexOf(system);
    case 'max':
      return Number(value);
    case 'min':
      return -Number(value);
    default:
      return 0;
  }
}
