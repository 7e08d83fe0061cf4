/** I4: what a coarser system shows never shortens what a user wrote elsewhere. */
import type { Decision, Value } from '@concord/core';
import type { FieldKind } from '../options.ts';
import { isNumber, stored, tokenOf } from '../values.ts';
import type { Judge, JudgeNeeds, UserWrite } from './judge.ts';

export class PrecisionJudge implements Judge {
  readonly #needs: JudgeNeeds;
  /** The texts in which users wrote a value: what is left of one of them is no value that anybody wrote. */
  readonly #texts = new Map<string, Set<string>>();

  #madeAnew = '';

  constructor(needs: JudgeNeeds) {
    this.#needs = needs;
  }

  userWrote({ record, system, field, value }: UserWrite): void {
    const kind = this.#kindOf(field);
    const profile = this.#needs.options.systems.find(({ name }) => name === system);
    if (kind === null || profile === undefined) return;
    const key = `${record}/${field}/${tokenOf(value)}`;
    const texts = this.#texts.get(key) ?? new Set();
    this.#texts.set(key, texts.add(textOf(kind, stored(profile, kind, value))));
  }

  decided(record: string, decision: Decision): void {
    // A record that is made anew has the precision of the system in which it is.
    if (decision.type === 'existence_fast_forwarded') this.#madeAnew = `${record}@${decision.version}`;
    if (decision.type === 'fast_forwarded' && this.#madeAnew !== `${record}@${decision.version}`) {
      for (const { field, value } of decision.fields) this.#check(record, field, value);
    }
    // A unit wins as its system holds it, in that system's precision.
    const isOfOne = decision.type === 'conflict_resolved' && decision.group === undefined;
    if (isOfOne) this.#check(record, decision.field, decision.incoming.value);
  }

  #check(record: string, field: string, value: Value): void {
    const kind = this.#kindOf(field);
    if (value === null || kind === null) return;
    const texts = this.#texts.get(`${record}/${field}/${tokenOf(value)}`);
    const text = textOf(kind, value);
    if (texts === undefined || texts.has(text)) return;
    this.#needs.report('shortened', `${record}/${field} became ${text}, written as ${[...texts].join(', ')}`);
  }

  /** Of sums and the like nobody says what they are made of; other kinds are the same everywhere. */
  #kindOf(field: string): FieldKind | null {
    const kind = this.#needs.options.fields[field];
    return kind === 'short' || kind === 'decimal' || kind === 'size' || kind === 'own' ? kind : null;
  }
}

function textOf(kind: FieldKind, value: Value): string {
  return isNumber(kind) ? String(Number(value)) : String(value);
}
