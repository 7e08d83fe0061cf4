/**
 * The judge. It watches what users do, what commands do to rows and which decisions are recorded, and keeps a model of its
 * own that is much simpler than the core: for every write of a user, which write it replaced on that user's screen. From
 * that alone it tells a true conflict from a false one and a lost value from a superseded one. It never reads a shadow.
 */
import { EXISTS } from '@concord/core';
import type { CommandOutcome, ConflictResolved, Decision, Value, Values } from '@concord/core';
import { judgesOf } from './judges/bench.ts';
import type { Judge, JudgeNeeds, UserWrite } from './judges/judge.ts';
import { readsRows } from './options.ts';
import type { WorldOptions } from './options.ts';
import { isMerged, isSource } from './rules.ts';
import type { WireCommand } from './system.ts';
import { isNumber, stored, tokenOf } from './values.ts';

export type Violation = { readonly kind: string; readonly detail: string };

export class Auditor {
  readonly violations: Violation[] = [];
  readonly #options: WorldOptions;
  readonly #writes = new Map<string, UserWrite[]>();
  /** What users have replaced or deleted knowingly, and what is on record in conflicts and overrides. */
  readonly #accounted = new Set<string>();
  readonly #writtenCount = new Map<string, number>();
  readonly #acceptedCount = new Map<string, number>();
  readonly #shown = new Map<string, string[]>();
  readonly #births = new Map<string, number>();
  readonly #creates = new Map<string, number>();
  /** What was in a row when it was deleted: whoever creates the record again in that system has seen it there. */
  readonly #buried = new Map<string, readonly string[]>();
  /** For every write at a system, the writes that it replaced there. */
  readonly #replaced = new Map<string, readonly string[]>();
  /** When, in the order of what users did, a value was last written and last deleted with its record. */
  readonly #lastWritten = new Map<string, number>();
  readonly #lastBuried = new Map<string, number>();
  #order = 0;
  readonly #readsRows: boolean;
  readonly #contested = new Set<string>();
  /** Records of which a delete was overridden. */
  readonly #restored = new Set<string>();
  /** What came back with its row, though no user wrote it there. */
  readonly #revived = new Set<string>();
  /** Fields in which users came back to an earlier value. */
  readonly #returned = new Set<string>();
  /** What commands wrote, by place. */
  readonly #brought = new Set<string>();
  /** Fields whose write by a user of that system may stay different there: kept, reported or refused. */
  readonly parted = new Set<string>();

  /** Fields of units: what is shown of them is judged for the unit. */
  readonly #units: ReadonlySet<string>;
  /** Judges of single laws, each with a model of its own. */
  readonly #judges: readonly Judge[];

  constructor(options: WorldOptions, rows: JudgeNeeds['rows']) {
    this.#options = options;
    this.#judges = judgesOf({
      options,
      rows,
      report: (kind, detail) => this.#report(kind, detail),
      isParted: (system, record, field) => this.isParted(system, record, field),
      account: (record, values) => this.#account(record, values),
      countWrite: (record, field, value) => void raise(this.#writtenCount, `${record}/${field}/${tokenOf(value)}`),
      countBirth: (record) => void raise(this.#births, record),
    });
    this.#units = new Set(Object.values(options.rules.groups ?? {}).flat());
    this.#readsRows = readsRows(options);
  }

  userWrote(write: UserWrite): void {
    for (const judge of this.#judges) judge.userWrote?.(write);
    if (isMerged(this.#options.fields[write.field])) return;
    const key = `${write.record}/${write.field}`;
    this.#lastWritten.set(`${key}/${tokenOf(write.value)}`, ++this.#order);
    this.#writes.set(write.record, [...(this.#writes.get(write.record) ?? []), write]);
    this.#accounted.add(`${key}/${tokenOf(write.over)}`);
    const successor = `${key}/${write.system}/${tokenOf(write.value)}`;
    this.#replaced.set(successor, [...(this.#replaced.get(successor) ?? []), tokenOf(write.over)]);
    if (raise(this.#writtenCount, `${key}/${tokenOf(write.value)}`) > 1) this.#returned.add(key);
    this.#show(write.system, key, tokenOf(write.value));
  }

  userCreated(system: string, record: string): void {
    for (const judge of this.#judges) judge.userCreated?.(system, record);
    raise(this.#births, record);
    this.#forget(system, record);
  }

  userDeleted(system: string, record: string, values: Readonly<Record<string, Value>>): void {
    for (const judge of this.#judges) judge.userDeleted?.(system, record, values);
    for (const [field, value] of Object.entries(values)) {
      this.#accounted.add(`${record}/${field}/${tokenOf(value)}`);
      this.#lastBuried.set(`${record}/${field}/${tokenOf(value)}`, ++this.#order);
    }
    this.#bury(system, record, values);
    this.#forget(system, record);
  }

  executed(command: WireCommand, outcome: CommandOutcome): void {
    for (const judge of this.#judges) judge.executed?.(command, outcome);
    const { system, record, operation } = command;
    if (outcome.result === 'rejected') this.#part(system, record, Object.keys(command.values));
    if (outcome.result !== 'applied') return;
    if (operation !== 'update') this.#forget(system, record);
    if (operation === 'create') this.#countCreate(system, record);
    if (operation === 'delete') this.#bury(system, record, command.expected);
    for (const [field, value] of Object.entries(command.values)) {
      if (!this.#fits(system, field, value))
        this.#report('unprojected', `${system} was sent ${String(value)} for ${field}`);
      if (!this.#isBeside(field)) this.#show(system, `${record}/${field}`, tokenOf(value));
      this.#brought.add(`${record}/${field}/${system}/${tokenOf(value)}`);
    }
  }

  decided(record: string, decision: Decision): void {
    for (const judge of this.#judges) judge.decided?.(record, decision);
    switch (decision.type) {
      case 'fast_forwarded':
        for (const { field, value, previous, baseVersion } of decision.fields) {
          // What we had written to a row that is back: its value comes with it, and nobody wrote it again.
          const isBrought = this.#brought.has(`${record}/${field}/${decision.system}/${tokenOf(value)}`);
          if (isBrought && baseVersion === decision.version) {
            this.#revived.add(`${record}/${field}/${tokenOf(value)}`);
            continue;
          }
          this.#checkForward(decision.system, record, { field, value, previous });
        }
        return;
      case 'derived':
        for (const { field } of decision.fields) this.#checkDerived(decision.system, record, field);
        return;
      case 'learned':
        return this.#accountUnreadable(
          decision.system,
          record,
          decision.fields.map(({ field, held }) => [field, held]),
        );
      case 'existence_fast_forwarded':
        return this.#accountUnreadable(decision.system, record, Object.entries(decision.values));
      case 'conflict_resolved':
        return this.#checkConflict(record, decision);
      case 'override_reported':
        this.#knowOverridden(record, decision);
        this.#accounted.add(`${record}/${decision.field}/${tokenOf(decision.held)}`);
        if (decision.field === EXISTS) {
          raise(this.#births, record);
          this.#restored.add(record);
        }
        if (decision.treatment !== 'overwritten' || decision.derived || decision.canonicalVersion === 0) {
          this.#part(decision.system, record, [decision.field]);
        }
        return;
      default:
        return;
    }
  }

  /** What is overridden is on record together with what it overrides: its author counts as knowing both. */
  #knowOverridden(record: string, override: Extract<Decision, { type: 'override_reported' }>): void {
    const { system, field, held, canonical, reason } = override;
    if (reason === undefined) return;
    const key = `${record}/${field}`;
    this.#accounted.add(`${key}/${tokenOf(canonical)}`);
    const successor = `${key}/${system}/${tokenOf(held)}`;
    this.#replaced.set(successor, [...(this.#replaced.get(successor) ?? []), tokenOf(canonical)]);
    this.#contested.add(key);
  }

  /** A system that is no source of a field is never in conflict about it: what it learns or deletes is on record anyway. */
  #accountUnreadable(system: string, record: string, values: readonly (readonly [string, Value])[]): void {
    for (const [field, value] of values) {
      if (isSource(this.#options, system, field) && !this.parted.has(`${system}/${record}/${field}`)) continue;
      this.#accounted.add(`${record}/${field}/${tokenOf(value)}`);
      this.#part(system, record, [field]);
    }
  }

  /**
   * I6: where deletes win, a value that was last deleted lives on only if users wrote it again. Not asked of worlds in which
   * deletes carry no mark: there a user's delete can be taken for ours (SPEC.md, gaps).
   */
  checkNotRevived(record: string, field: string, value: Value): void {
    const key = `${record}/${field}/${tokenOf(value)}`;
    const { rules, fields, systems } = this.#options;
    if (rules.deletePolicy !== 'delete_wins' || this.#readsRows || systems.some(({ stream }) => stream === 'deltas'))
      return;
    if (value === null || this.#isBeside(field) || ['own', 'owned'].includes(fields[field] ?? '')) return;
    // Who deletes another's record is overridden like anybody.
    if (this.#restored.has(record)) return;
    // A unit that wins brings what its user left in it as it was.
    if (this.#units.has(field)) return;
    // Written again or undeleted: the delete may have been made without knowledge of it.
    if ((this.#writtenCount.get(key) ?? 0) > 1) return;
    if ((this.#lastBuried.get(key) ?? 0) <= (this.#lastWritten.get(key) ?? 0)) return;
    this.#report('revived', `${String(value)} in ${record}/${field} was deleted`);
  }

  /** What a person meant with an answer to a review. */
  answered(by: string, values: Values): void {
    for (const judge of this.#judges) judge.answered?.(by, values);
  }

  isParted(system: string, record: string, field: string): boolean {
    return this.parted.has(`${system}/${record}/${field}`) || this.isOpen(record, field);
  }

  isOpen(record: string, field: string): boolean {
    return this.#judges.some((judge) => judge.isOpen?.(record, field));
  }

  #account(record: string, values: Values): void {
    for (const [field, value] of Object.entries(values)) this.#accounted.add(`${record}/${field}/${tokenOf(value)}`);
  }

  atRest(): void {
    for (const judge of this.#judges) judge.atRest?.();
  }

  writesTo(record: string): readonly UserWrite[] {
    return this.#writes.get(record) ?? [];
  }

  /** I1: it was replaced or deleted by somebody who saw it, or is on record. */
  isAccounted({ record, field, value }: UserWrite): boolean {
    return this.#accounted.has(`${record}/${field}/${tokenOf(value)}`);
  }

  #checkForward(system: string, record: string, change: { field: string; value: Value; previous: Value }): void {
    const { field, value, previous } = change;
    if (this.#isBeside(field)) return;
    const key = `${record}/${field}`;
    // A trigger that answers the user's own transaction in an event of its own.
    if (this.#hasTrigger(system, field) && (tokenOf(previous) === tokenOf(value) || this.#isAnsweredLater(key))) return;
    this.#countAccepted(`${key}/${tokenOf(value)}`);
    const place = `${key}/${system}`;
    const seen = [tokenOf(value), ...(this.#buried.get(place) ?? [])];
    const hasSeen = previous === null || seen.some((token) => this.#follows(place, tokenOf(previous), token));
    if (!hasSeen && !this.#buried.get(place)?.includes(tokenOf(previous)) && !this.#isAmbiguous(key))
      this.#report('missed_conflict', `${system}: ${String(value)} over ${String(previous)} in ${key}, unseen`);
  }

  #checkDerived(system: string, record: string, field: string): void {
    if (this.#isBeside(field) || this.#hasTrigger(system, field) || this.#isAmbiguous(`${record}/${field}`)) return;
    this.#report('unexplained', `${system} is said to have altered ${record}/${field} by itself`);
  }

  /** Of a value that has come back a row cannot tell which time it shows (SPEC.md, gaps of S4 and S5). */
  #isAmbiguous(key: string): boolean {
    return this.#readsRows && this.#returned.has(key);
  }

  /** Whether users of the place replaced one value by the other, perhaps in several writes of which a snapshot shows the last. */
  #follows(place: string, earlier: string, later: string): boolean {
    const reached = [later];
    for (let index = 0; index < reached.length; index++) {
      const replaced = this.#replaced.get(`${place}/${reached[index] ?? ''}`) ?? [];
      if (replaced.includes(earlier)) return true;
      if (this.#readsRows || this.#options.rules.ownership !== undefined)
        reached.push(...replaced.filter((token) => !reached.includes(token)));
    }
    return false;
  }

  /** A trigger's answer that cannot be told from an edit: in an event of its own, shown by a row, or of an absorbed record. */
  #isAnsweredLater(key: string): boolean {
    const { systems, twins } = this.#options;
    return (
      key.endsWith('/a') &&
      systems.some(({ trigger }) => trigger === 'later' || (trigger === 'same' && (this.#readsRows || twins)))
    );
  }

  /** A command carries what the system will hold, not what it would make of more. */
  #fits(system: string, field: string, value: Value): boolean {
    const profile = this.#options.systems.find(({ name }) => name === system);
    const kind = this.#options.fields[field] ?? 'text';
    if (profile === undefined || value === null) return true;
    // Every system has its own order of a set, and some have no empty one.
    if (kind === 'set') return stored(profile, kind, value) !== null;
    const kept = String(stored(profile, kind, value));
    return isNumber(kind) ? Number(kept) === Number(value) : kept === value;
  }

  #hasTrigger(system: string, field: string): boolean {
    const profile = this.#options.systems.find(({ name }) => name === system);
    return field === 'a' && profile?.trigger !== 'none';
  }

  #checkConflict(record: string, conflict: ConflictResolved): void {
    const { system, field, incoming, canonical, winner, derived } = conflict;
    if (field === EXISTS) return this.#accountExistence(record, conflict);
    if (isMerged(this.#options.fields[field])) return;
    const key = `${record}/${field}`;
    for (const side of [incoming, canonical]) this.#accounted.add(`${key}/${tokenOf(side.value)}`);
    if (this.#isBeside(field)) return;
    // A row that met our write under way cannot tell an edit from an answer; the canonical value is then put back.
    if (derived && winner === 'canonical') this.#contested.add(key);
    // A snapshot row cannot tell a trigger's answer to our write from an edit.
    const isAnswer = this.#hasTrigger(system, field) && this.#isAnsweredLater(key);
    // A unit wins with all its fields, also those that its user left as they were: that is a judge's of its own.
    const isOfUnit = conflict.group !== undefined || conflict.absorbed !== undefined;
    if (winner === 'incoming' && !derived && !isAnswer && !isOfUnit)
      this.#countAccepted(`${key}/${tokenOf(incoming.value)}`);
    const isSeen = this.#replaced
      .get(`${key}/${system}/${tokenOf(incoming.value)}`)
      ?.includes(tokenOf(canonical.value));
    const isWrittenOnce = [incoming, canonical].every(
      ({ value }) => (this.#writtenCount.get(`${key}/${tokenOf(value)}`) ?? 1) === 1,
    );
    if (isSeen && isWrittenOnce && !isOfUnit && !this.#isAnsweredLater(key) && !this.#readsRows) {
      this.#report('false_conflict', `${system} had seen ${String(canonical.value)} in ${key}`);
    }
  }

  #accountExistence(record: string, { incoming, canonical, winner, kind }: ConflictResolved): void {
    const values = { ...incoming.values, ...canonical.values };
    this.#account(record, values);
    if (this.#options.rules.deletePolicy === 'update_wins') raise(this.#births, record);
    const deletes = kind === 'delete_update' ? 'incoming' : 'canonical';
    const isRight = (winner === deletes) === (this.#options.rules.deletePolicy === 'delete_wins');
    if (!isRight) this.#report('wrong_winner', `${kind} of ${record}`);
  }

  /** No user sets it, or whatever users do there is a judge's of its own. */
  #isBeside(field: string): boolean {
    const kind = this.#options.fields[field];
    return kind === 'stamp' || kind === 'effective' || kind === 'pinged' || isMerged(kind);
  }

  /** I5: an edit counts once. An echo taken for an edit would make a value canonical a second time. */
  #countAccepted(key: string): void {
    // A unit that was made anew may leave a field empty.
    if (key.endsWith('/')) return;
    const accepted = raise(this.#acceptedCount, key);
    if (accepted > (this.#writtenCount.get(key) ?? 0)) this.#report('unexplained', `${key} accepted ${accepted} times`);
  }

  /** I6: every birth of a record, by a user or by a recorded decision, makes at most one insert per system. */
  #countCreate(system: string, record: string): void {
    const creates = raise(this.#creates, `${system}/${record}`);
    if (creates > (this.#births.get(record) ?? 0)) this.#report('doubled', `${system} got ${record} ${creates} times`);
  }

  /** I3: a value appears at a system, by users and commands together, only as often as users wrote it anywhere. */
  #show(system: string, key: string, token: string): void {
    if (this.#units.has(key.slice(key.indexOf('/') + 1))) return;
    const place = `${system}/${key}`;
    const shown = this.#shown.get(place) ?? [];
    if (shown.at(-1) === token) return;
    this.#shown.set(place, [...shown, token]);
    const times = shown.filter((earlier) => earlier === token).length + 1;
    // Where edits are overwritten, the value before them comes back: that is the rule.
    const field = key.slice(key.indexOf('/') + 1);
    if (token === '' || !isSource(this.#options, system, field)) return;
    // A user who goes back (A, B, A) hides B from every guard by value: what was written on A then lands on the new A.
    const written = [...shown, token].map((one) => this.#writtenCount.get(`${key}/${one}`) ?? 0);
    if (this.#contested.has(key) || this.#isAnsweredLater(key) || this.#revived.has(`${key}/${token}`)) return;
    if (times <= (written.at(-1) ?? 0) || written.some((count) => count > 1)) return;
    this.#report('reverted', `${place}: ${[...shown, token].join(' ')}`);
  }

  #bury(system: string, record: string, values: Readonly<Record<string, Value>>): void {
    for (const [field, value] of Object.entries(values)) {
      const place = `${record}/${field}/${system}`;
      this.#buried.set(place, [...(this.#buried.get(place) ?? []), tokenOf(value)]);
    }
  }

  #forget(system: string, record: string): void {
    for (const field of Object.keys(this.#options.fields)) {
      this.#shown.delete(`${system}/${record}/${field}`);
    }
  }

  #part(system: string, record: string, fields: readonly string[]): void {
    // A unit goes as a whole or not at all.
    const units = Object.values(this.#options.rules.groups ?? {}).filter((unit) =>
      unit.some((field) => fields.includes(field)),
    );
    for (const field of [...fields, ...units.flat()]) this.parted.add(`${system}/${record}/${field}`);
  }

  #report(kind: string, detail: string): void {
    this.violations.push({ kind, detail });
  }

  report(kind: string, detail: string): void {
    this.#report(kind, detail);
  }
}

function raise(counts: Map<string, number>, key: string): number {
  const count = (counts.get(key) ?? 0) + 1;
  counts.set(key, count);
  return count;
}
