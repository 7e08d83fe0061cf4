/**
 * A system of somebody else: rows, users, triggers, a change stream in commit order, and guarded execution of commands.
 * It knows nothing of canonical versions; what it promises is S1–S6 of libs/core/SPEC.md and no more.
 */
import type { CommandOutcome, CommandSequence, SourceChange, Value, Values } from '@concord/core';
import type { Random } from '@concord/testing';
import type { Identity } from './identity.ts';
import type { SystemProfile, WorldOptions } from './options.ts';
import { equalAt, stored, tokenOf } from './values.ts';

export type Row = {
  readonly record: string;
  readonly nativeId: string;
  readonly values: Record<string, Value>;
  at: number;
  /** The command that wrote the row last: a field of the row that stays with it when it is deleted. */
  stamp: string;
};
export type StreamEvent = { readonly record: string; readonly change: SourceChange };

export type WireCommand = {
  readonly record: string;
  readonly system: string;
  readonly sequence: CommandSequence;
  readonly operation: 'create' | 'update' | 'delete';
  readonly nativeId: string | null;
  readonly values: Values;
  readonly expected: Values;
};

type Verdict = { readonly staleFields?: readonly string[]; readonly nativeId?: string | null; readonly code?: string };

/** As a row carries it. A record is always in the same partition, so the sequence alone names the command. */
export function stampOf({ sequence }: WireCommand): string {
  return String(sequence);
}

type Write = {
  readonly record: string;
  readonly changed: Values;
  readonly echo: number | null;
  readonly complete: boolean;
};

export class SimulatedSystem {
  /** By the thing that they stand for. */
  readonly rows = new Map<string, Row>();
  /** Rows that users deleted and may bring back as they were. */
  readonly bin = new Map<string, Row>();
  /** All that was ever deleted, as services keep it for a look-up. */
  readonly #deleted: Row[] = [];
  readonly stream: StreamEvent[] = [];
  /** Records that a command of ours did not find as expected: where there is no stream, somebody has to look again. */
  readonly surprising = new Set<string>();
  readonly profile: SystemProfile;
  /** Which record a row stands for; without one, rows and records have the same name. */
  identity: Identity | null = null;
  readonly #options: WorldOptions;
  readonly #random: Random;
  readonly #now: () => number;
  #natives = 0;
  #lastMoment = 0;

  constructor(profile: SystemProfile, options: WorldOptions, random: Random, now: () => number) {
    this.profile = profile;
    this.#options = options;
    this.#random = random;
    this.#now = now;
  }

  thingOf(record: string): string {
    return this.identity?.thingOf(record) ?? record;
  }

  /** The record under which a thing is told of this system. */
  recordOf(thing: string): string {
    return this.identity?.recordOf(this.profile.name, thing) ?? thing;
  }

  insert(record: string, values: Values, echo: CommandSequence | null): Row {
    const nativeId = `${this.profile.name}#${++this.#natives}`;
    const row: Row = { record, nativeId, values: {}, at: 0, stamp: '' };
    for (const field of Object.keys(this.#options.fields)) row.values[field] = null;
    this.rows.set(record, row);
    this.#write({ record, changed: values, echo, complete: true }, row);
    return row;
  }

  update(record: string, values: Values, echo: CommandSequence | null): void {
    const row = this.rows.get(record);
    if (row !== undefined)
      this.#write({ record, changed: values, echo, complete: this.profile.stream === 'images' }, row);
  }

  delete(record: string, echo: CommandSequence | null): void {
    const row = this.rows.get(record);
    if (row === undefined) return;
    this.rows.delete(record);
    this.bin.set(record, row);
    this.#deleted.push(row);
    const mark = this.profile.kind === 'service' ? null : echo;
    this.#emit(row, { existence: 'deleted', values: {}, complete: false, echo: mark });
  }

  undelete(record: string): Row | null {
    const row = this.bin.get(record);
    if (row === undefined || this.rows.has(record)) return null;
    this.rows.set(record, row);
    this.#emit(row, { values: this.#image(row), complete: true, echo: null });
    return row;
  }

  /** A row as a reader sees it beside the stream, empty fields too: with a place in it, or with the time of its last change. */
  snapshot(record: string): SourceChange | null {
    const row = this.rows.get(record);
    if (row === undefined) return null;
    const position = this.profile.stream === 'images' ? `${this.#position()}~` : '';
    return this.#change(row, {
      values: { ...row.values },
      complete: true,
      echo: null,
      snapshot: true,
      position,
      at: row.at,
    });
  }

  /** A row as it is when somebody asks for it, with the moment by the system's own clock. */
  polled(record: string): SourceChange | null {
    const row = this.rows.get(record);
    if (row === undefined) return null;
    const values = this.#image(row);
    return this.#change(row, { values, snapshot: true, position: '', at: this.moment() });
  }

  /** A moment of the system's clock later than any before. */
  moment(): number {
    this.#lastMoment = Math.max(this.#now() + this.profile.clockSkewMs, this.#lastMoment + 1);
    return this.#lastMoment;
  }

  execute(told: WireCommand): CommandOutcome {
    const command = { ...told, record: this.thingOf(told.record) };
    const outcome = this.#execute(command);
    if (outcome.result === 'stale') this.surprising.add(command.record);
    return outcome;
  }

  #execute(command: WireCommand): CommandOutcome {
    const row = this.rows.get(command.record);
    if (command.operation === 'create') {
      if (row !== undefined) return this.outcome(command, 'stale');
      if (this.#refuses(command)) return this.#refusal(command);
      const created = this.insert(command.record, command.values, command.sequence);
      return this.outcome(command, 'applied', { nativeId: created.nativeId });
    }
    if (row === undefined || row.nativeId !== command.nativeId) return this.outcome(command, 'stale');
    const failed = Object.keys(command.expected).filter(
      (field) => !this.#holds(row, field, command.expected[field] ?? null),
    );
    if (failed.length > 0 && this.profile.guards)
      return this.outcome(command, 'stale', { staleFields: this.#random.chance(0.7) ? failed : [] });
    if (command.operation === 'delete') this.delete(command.record, command.sequence);
    else if (this.#refuses(command)) return this.#refusal(command);
    else this.update(command.record, command.values, command.sequence);
    return this.outcome(command, 'applied');
  }

  /** The id of the row that carries the stamp, alive or, if asked, deleted. */
  findStamp(told: string, stamp: string, looksAtDeleted: boolean): string | null {
    const record = this.thingOf(told);
    const row = this.rows.get(record);
    if (row?.stamp === stamp) return row.nativeId;
    if (!looksAtDeleted) return null;
    return this.#deleted.find((one) => one.record === record && one.stamp === stamp)?.nativeId ?? null;
  }

  outcome(
    { sequence }: { readonly sequence: CommandSequence },
    result: CommandOutcome['result'],
    verdict: Verdict = {},
  ): CommandOutcome {
    const { staleFields = [], nativeId = null, code = null } = verdict;
    const told = { kind: 'outcome', system: this.profile.name, sequence, result, staleFields, nativeId, code } as const;
    return { ...told, reason: null, ...(this.profile.kind === 'polled' ? { at: this.moment() } : {}) };
  }

  #write({ changed, echo, complete }: Write, row: Row): void {
    const kept = Object.entries(changed).map(([field, value]) => [field, this.#stored(field, value)] as const);
    const values: Record<string, Value> = Object.fromEntries(kept);
    const triggered = this.#triggered(values);
    if (this.profile.trigger === 'same') Object.assign(values, triggered);
    const pinged = this.#pinged(values);
    if (this.profile.pings === 'same') Object.assign(values, pinged);
    if (echo !== null) row.stamp = String(echo);
    if (this.#keepsStamp()) values['m'] = `${this.profile.name}${this.#natives}:${this.stream.length}`;
    Object.assign(row.values, values);
    this.#emit(row, { values: complete ? this.#image(row) : values, complete, echo });
    if (this.profile.trigger === 'later') this.#answer(row, triggered, echo);
    if (this.profile.pings === 'later') this.#answer(row, pinged, echo);
    if (this.profile.pings === 'async') this.#answer(row, pinged, null);
  }

  #answer(row: Row, answer: Values, echo: CommandSequence | null): void {
    if (Object.keys(answer).length === 0) return;
    Object.assign(row.values, answer);
    const complete = this.profile.stream === 'images';
    this.#emit(row, { values: complete ? this.#image(row) : answer, complete, echo });
  }

  #pinged({ l: text }: Values): Record<string, Value> {
    const ending = `~${this.profile.name}`;
    if (this.profile.pings === 'none' || typeof text !== 'string' || text.endsWith(ending)) return {};
    return { l: `${text.split('~')[0]}${ending}` };
  }

  #triggered(values: Values): Record<string, Value> {
    const text = values['a'];
    return typeof text === 'string' && !text.endsWith('!') && this.profile.trigger !== 'none' ? { a: `${text}!` } : {};
  }

  #keepsStamp(): boolean {
    return 'm' in this.#options.fields && this.profile.name === this.#options.systems[1]?.name;
  }

  /** Services leave out what is empty when they tell a whole record. */
  #image(row: Row): Values {
    if (this.profile.stream === 'images') return { ...row.values };
    return Object.fromEntries(Object.entries(row.values).filter(([, value]) => value !== null));
  }

  #refuses(command: WireCommand): boolean {
    const number = Number(tokenOf(command.values['a'] ?? null).slice(1));
    return this.profile.refusesOneIn > 0 && number > 0 && number % this.profile.refusesOneIn === 0;
  }

  #refusal(command: WireCommand): CommandOutcome {
    return this.outcome(command, 'rejected', { code: 'test.refused' });
  }

  #holds(row: Row, field: string, expected: Value): boolean {
    return equalAt(this.profile, this.#options.fields[field] ?? 'text', row.values[field] ?? null, expected);
  }

  #stored(field: string, value: Value): Value {
    return stored(this.profile, this.#options.fields[field] ?? 'text', value);
  }

  #position(): string {
    return String(this.stream.length).padStart(6, '0');
  }

  #emit(row: Row, content: Partial<SourceChange>): void {
    // Commit times of one system rise, by a clock that may be minutes off.
    const at = this.moment();
    row.at = at;
    const position = String(this.stream.length + 1).padStart(6, '0');
    this.stream.push({ record: row.record, change: this.#change(row, { ...content, position, at }) });
  }

  #mark(echo: SourceChange['echo']): SourceChange['echo'] {
    if (!this.profile.marks || this.profile.kind === 'values' || echo === null) return null;
    return this.profile.kind === 'ours' ? 'ours' : echo;
  }

  #change(row: Row, content: Partial<SourceChange>): SourceChange {
    return {
      kind: 'change',
      system: this.profile.name,
      position: '',
      at: 0,
      nativeId: row.nativeId,
      existence: 'exists',
      values: {},
      complete: true,
      snapshot: false,
      transaction: '',
      ...content,
      echo: this.#mark(content.echo ?? null),
    };
  }
}
