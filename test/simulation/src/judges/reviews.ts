/**
 * Reviews: while one is open nobody is told a value of its field and nothing decides it but a person's answer; what all
 * sides said is on record; the answer is what its reviewer meant, given on the newest revision.
 */
import { EXISTS } from '@concord/core';
import type { Command, Decision, Value, Values } from '@concord/core';
import { tokenOf } from '../values.ts';
import type { Judge, JudgeNeeds } from './judge.ts';

export class ReviewJudge implements Judge {
  readonly #needs: JudgeNeeds;
  /** The newest revision of every open review, by record and field. */
  readonly #open = new Map<string, number>();
  readonly #meant = new Map<string, Values>();
  readonly #answered = new Set<string>();
  /** Answers that were found to be on what is newest: one answer may be told of several fields. */
  readonly #current = new Set<string>();
  /** What is canonical, as decided: gone with the record when a person says so. */
  readonly #canonical = new Map<string, Map<string, Value>>();

  constructor(needs: JudgeNeeds) {
    this.#needs = needs;
  }

  /** The field, or the whole unit that it is part of, or the record waits for a person. */
  isOpen(record: string, field: string): boolean {
    // What people say of a system's own stamp, after a loop, that system is not told.
    if (this.#answered.has(`${record}/${field}`) && this.#needs.options.fields[field] === 'stamp') return true;
    return this.#open.has(`${record}/${EXISTS}`) || this.#revisionOf(record, field) !== null;
  }

  /** The newest of the field's whole unit, which is one question. */
  #revisionOf(record: string, field: string): number | null {
    if (this.#open.size === 0) return null;
    const { groups = {} } = this.#needs.options.rules;
    const unit = Object.values(groups).find((members) => members.includes(field)) ?? [field];
    const revisions = unit.flatMap((one) => this.#open.get(`${record}/${one}`) ?? []);
    return revisions.length === 0 ? null : Math.max(...revisions);
  }

  answered(by: string, values: Values): void {
    this.#meant.set(by, values);
  }

  decided(record: string, decision: Decision): void {
    switch (decision.type) {
      case 'review_opened':
      case 'loop_detected': {
        const { field, incoming, canonical, revision } = decision;
        this.#open.set(`${record}/${field}`, revision);
        for (const side of [incoming, canonical]) {
          this.#needs.account(record, { [field]: side.value, ...side.values });
        }
        if (decision.type === 'loop_detected') this.#accountCandidates(record, field, decision.candidates);
        return undefined;
      }
      case 'review_updated':
        this.#open.set(`${record}/${decision.field}`, decision.revision);
        if (decision.candidate !== null) this.#needs.account(record, { [decision.field]: decision.candidate.value });
        return undefined;
      case 'review_closed':
        this.#accountCandidates(record, decision.field, decision.candidates);
        // Should the record come back, what was there before the question stands again.
        for (const { value } of Object.values(decision.candidates))
          this.#needs.countWrite(record, decision.field, value);
        this.#open.delete(`${record}/${decision.field}`);
        return undefined;
      case 'review_resolved':
        return this.#checkAnswer(record, decision);
      case 'command_issued':
        return this.#checkCommand(record, decision.system, decision.command);
      case 'fast_forwarded':
      case 'derived':
        for (const { field, value } of decision.fields) {
          this.#checkUndecided(record, field);
          this.#know(record, field, value);
        }
        return undefined;
      case 'conflict_resolved':
        this.#checkUndecided(record, decision.field);
        if (decision.winner === 'incoming') this.#know(record, decision.field, decision.incoming.value);
        return undefined;
      default:
        return undefined;
    }
  }

  #checkAnswer(record: string, decision: Extract<Decision, { type: 'review_resolved' }>): void {
    const { field, value, by, revision, previous, candidates } = decision;
    const key = `${record}/${field}`;
    const [answer, newest] = [this.#meant.get(by) ?? {}, this.#revisionOf(record, field)];
    const meant = answer[field] ?? null;
    if (Object.hasOwn(answer, field) && tokenOf(meant) !== tokenOf(value))
      this.#needs.report('misread', `${by} meant ${String(meant)} for ${key}, not ${String(value)}`);
    if (newest !== revision && !this.#current.has(by))
      this.#needs.report('unseen_answer', `${key} was answered at ${revision}, but stood at ${newest}`);
    this.#current.add(by);
    this.#answered.add(key);
    this.#open.delete(key);
    this.#accountCandidates(record, field, candidates);
    if (field === EXISTS) {
      this.#needs.countBirth(record);
      if (value === false) this.#needs.account(record, Object.fromEntries(this.#canonical.get(record) ?? []));
      return;
    }
    this.#needs.account(record, { [field]: previous });
    this.#needs.countWrite(record, field, value);
    this.#know(record, field, value);
  }

  #checkCommand(record: string, system: string, { operation, values }: Command): void {
    if (this.#open.size === 0) return;
    const written = operation === 'update' ? Object.keys(values) : [EXISTS, ...Object.keys(values)];
    for (const field of written) {
      if (this.#revisionOf(record, field) !== null)
        this.#needs.report('review_written', `${system} is told ${record}/${field}, which waits for a person`);
    }
  }

  #checkUndecided(record: string, field: string): void {
    if (this.#revisionOf(record, field) === null) return;
    this.#needs.report('review_ignored', `${record}/${field} was decided while a person was asked`);
  }

  #accountCandidates(record: string, field: string, candidates: Readonly<Record<string, { value: Value }>>): void {
    for (const { value } of Object.values(candidates)) this.#needs.account(record, { [field]: value });
  }

  #know(record: string, field: string, value: Value): void {
    const known = this.#canonical.get(record) ?? new Map<string, Value>();
    this.#canonical.set(record, known.set(field, value));
  }
}
