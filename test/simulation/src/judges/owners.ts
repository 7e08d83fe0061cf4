/**
 * Owners of records: an edit counts only if its system owned or shared the record, as its user saw it then or as it is now;
 * and between an edit made under an earlier ownership and the present owner, the present owner wins.
 */
import { EXISTS } from '@concord/core';
import type { Decision, RecordOwnership, Value, Values } from '@concord/core';
import { readsRows } from '../options.ts';
import { isMerged } from '../rules.ts';
import { tokenOf } from '../values.ts';
import type { Judge, JudgeNeeds, UserWrite } from './judge.ts';

const STATUS = 'k';

export class OwnerJudge implements Judge {
  readonly #needs: JudgeNeeds;
  readonly #ownership: RecordOwnership;
  /** The statuses that users saw when they did something. */
  readonly #seen = new Map<string, Value[]>();
  /** Statuses that were put there without right: they give none. */
  readonly #void = new Set<string>();
  /** The canonical status, as decided. */
  readonly #statuses = new Map<string, Value>();
  /** The owner when the change came that is being decided on: an edit that hands over is made under the ownership before it. */
  readonly #owners = new Map<string, string | null>();

  constructor(needs: JudgeNeeds, ownership: RecordOwnership) {
    this.#needs = needs;
    this.#ownership = ownership;
  }

  userWrote({ system, record, field, value, before }: UserWrite): void {
    this.#see(`${system}/${record}/${field}/${tokenOf(value)}`, before[STATUS] ?? null);
  }

  userDeleted(system: string, record: string, values: Values): void {
    this.#see(`${system}/${record}/${EXISTS}/false`, values[STATUS] ?? null);
  }

  decided(record: string, decision: Decision): void {
    switch (decision.type) {
      case 'observed':
        this.#owners.set(record, this.#ownerBy(this.#statuses.get(record) ?? null));
        return undefined;
      case 'fast_forwarded':
        for (const { field, value } of decision.fields) {
          this.#checkRight(decision.system, record, field, tokenOf(value));
          if (field === STATUS) this.#statuses.set(record, value);
        }
        return undefined;
      case 'derived':
        for (const { field, value } of decision.fields) if (field === STATUS) this.#statuses.set(record, value);
        return undefined;
      case 'override_reported':
        // One that is reported gives rights for a moment, once the canonical status has moved on (SPEC.md, gaps).
        if (decision.field === STATUS && decision.treatment !== 'reported')
          this.#void.add(`${decision.system}/${record}/${tokenOf(decision.held)}`);
        return undefined;
      case 'existence_fast_forwarded':
        if (!decision.exists) this.#checkRight(decision.system, record, EXISTS, 'false');
        if (decision.reset.includes(STATUS)) this.#statuses.set(record, null);
        return undefined;
      case 'review_resolved':
        if (decision.field === STATUS) this.#statuses.set(record, decision.value);
        return undefined;
      case 'conflict_resolved': {
        const { system, field, incoming, canonical, winner, derived } = decision;
        if (!derived && field !== EXISTS) {
          // A unit wins with all its fields, also those that its user left as they were.
          if (winner === 'incoming' && decision.group === undefined)
            this.#checkRight(system, record, field, tokenOf(incoming.value));
          // Whoever makes a record may, also while nobody knows yet whether there is one.
          const isMade = decision.kind === 'create_create' && this.#needs.options.deletes > 0;
          if (!isMade)
            this.#checkWinner(record, field, { incoming: incoming.system, canonical: canonical.system, winner });
        }
        if (field === STATUS && winner === 'incoming') this.#statuses.set(record, incoming.value);
        return undefined;
      }
      default:
        return undefined;
    }
  }

  /** A row that tells several edits at once tells them under the ownership before all of them. */
  #checkRight(system: string, record: string, field: string, token: string): void {
    const owner = this.#owners.get(record) ?? null;
    const { rules, fields } = this.#needs.options;
    if (owner === null || owner === system || token === '' || readsRows(this.#needs.options)) return;
    // What may not be written in a system is that system's, whoever owns the record.
    if (
      fields[field] === 'stamp' ||
      fields[field] === 'pinged' ||
      isMerged(fields[field]) ||
      rules.systems[system]?.fields[field]?.write === false
    )
      return;
    const seen = this.#seen.get(`${system}/${record}/${field}/${token}`) ?? [];
    if (seen.some((status) => this.#isFree(system, record, status))) return;
    this.#needs.report('trespassed', `${system} changed ${record}/${field}, which was ${owner}'s`);
  }

  #checkWinner(record: string, field: string, sides: { incoming: string; canonical: string; winner: string }): void {
    const owner = this.#owners.get(record) ?? null;
    if (owner === null || sides.incoming === sides.canonical) return;
    const side = sides.incoming === owner ? 'incoming' : sides.canonical === owner ? 'canonical' : null;
    if (side === null || side === sides.winner) return;
    this.#needs.report('owner_lost', `${owner} lost ${record}/${field} although the record is its own`);
  }

  #see(deed: string, status: Value): void {
    this.#seen.set(deed, [...(this.#seen.get(deed) ?? []), status]);
  }

  #isFree(system: string, record: string, status: Value): boolean {
    if (this.#void.has(`${system}/${record}/${tokenOf(status)}`)) return false;
    const owner = this.#ownerBy(status);
    return owner === null || owner === system;
  }

  #ownerBy(status: Value): string | null {
    const rule = this.#ownership.rules.find(({ when }) => 'in' in when && when.in.includes(status));
    return rule?.owner ?? null;
  }
}
