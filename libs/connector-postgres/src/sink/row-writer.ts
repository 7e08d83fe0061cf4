/**
 * Writes the commands of one batch within an open transaction and tells what became of each.
 *
 * First all at once, every shape in one round trip. If a row's data is at fault, the transaction goes back to its savepoint,
 * and each shape is written by itself, halved until the bad rows stand alone; they are rejected, the others are written.
 */
import type { TargetCommand, TargetOutcome } from '@concord/connector-kit';
import type { Value } from '@concord/core';
import type pg from 'pg';
import { describeFailure, type DatabaseFailure } from '../errors.ts';
import { verdictOf } from '../sql-states.ts';
import { nativeText } from './native-values.ts';
import { pipelined, type Statement } from './pipelined.ts';
import { outcomeOf } from './progress.ts';
import type { Shape } from './shapes.ts';
import { keyTexts, nativeIdOf, type SinkField } from './sink-table.ts';

export type Group = { readonly shape: Shape; readonly commands: readonly TargetCommand[] };

/** The outcome of a command, and the native id of the row if it was really changed. */
export type Written = { readonly outcome: TargetOutcome; readonly changed: string | null };

type HitRow = { o: number; [key: `k${number}`]: string };
type ProbeRow = { o: number; found: boolean; differs: string };

/** Deferred constraints would speak up at COMMIT only, where no row could be singled out any more. */
const checkNow: Statement = { text: 'SET CONSTRAINTS ALL IMMEDIATE' };

export class RowWriter {
  readonly #client: pg.ClientBase;
  readonly #written = new Map<TargetCommand, Written>();

  constructor(client: pg.ClientBase) {
    this.#client = client;
  }

  /** `first` are statements that go out in the same round trip, before the rows. */
  async write(groups: readonly Group[], first: readonly Statement[]): Promise<ReadonlyMap<TargetCommand, Written>> {
    const savepoint: Statement = { text: 'SAVEPOINT concord_rows' };
    const rows = groups.map(({ shape, commands }) => statementOf(shape, commands));
    const results = await pipelined(this.#client, [...first, savepoint, ...rows, checkNow]);
    const failure = results.failure;
    if (failure === null) {
      const hits = results.results.slice(first.length + 1, first.length + 1 + groups.length);
      for (const [i, group] of groups.entries()) await this.#settle(group, hits[i] as pg.QueryResult<HitRow>);
      return this.#written;
    }
    if (verdictOf(failure.error as DatabaseFailure).kind !== 'row') throw failure.error;
    await this.#client.query('ROLLBACK TO SAVEPOINT concord_rows');
    for (const group of groups) await this.#isolate(group);
    return this.#written;
  }

  async #isolate(group: Group): Promise<void> {
    const { shape, commands } = group;
    const steps = [
      { text: 'SAVEPOINT concord_part' },
      statementOf(shape, commands),
      checkNow,
      { text: 'RELEASE concord_part' },
    ];
    const { failure, results } = await pipelined(this.#client, steps);
    if (failure === null) return this.#settle(group, results[1] as pg.QueryResult<HitRow>);
    const error = failure.error as DatabaseFailure;
    const verdict = verdictOf(error);
    if (verdict.kind !== 'row') throw failure.error;
    await this.#client.query('ROLLBACK TO SAVEPOINT concord_part');
    const [only, ...others] = commands;
    if (only !== undefined && others.length === 0) {
      this.#tell(only, { result: 'rejected', code: verdict.code, reason: describeFailure(error) });
      return;
    }
    const middle = Math.ceil(commands.length / 2);
    await this.#isolate({ shape, commands: commands.slice(0, middle) });
    await this.#isolate({ shape, commands: commands.slice(middle) });
  }

  async #settle({ shape, commands }: Group, { rows }: pg.QueryResult<HitRow>): Promise<void> {
    const isHit = new Set<TargetCommand>();
    for (const row of rows) {
      const command = commands[row.o - 1] as TargetCommand;
      const nativeId = nativeIdOf(shape.table.key.map((_, i) => row[`k${i}`] as string));
      isHit.add(command);
      const isNew = command.operation !== 'delete' && nativeId !== command.nativeId;
      this.#written.set(command, {
        outcome: outcomeOf(command, { nativeId: isNew ? nativeId : null }),
        changed: nativeId,
      });
    }
    if (isHit.size === commands.length) return;
    const missed = commands.filter((command) => !isHit.has(command));
    if (shape.probe === null) for (const command of missed) this.#notCreated(shape, command);
    else await this.#probe(shape, shape.probe, missed);
  }

  #notCreated({ table, written }: Shape, command: TargetCommand): void {
    const isKeyGiven = table.key.every(({ name }) => written.some((field) => table.fields[field]?.name === name));
    if (isKeyGiven)
      this.#tell(command, { result: 'stale', code: 'sink.row_exists', reason: 'a row with this key exists' });
    else this.#suppressed(command);
  }

  /** Why the guard of these rows did not hold. One question, for them alone. */
  async #probe(shape: Shape, text: string, missed: readonly TargetCommand[]): Promise<void> {
    const values = valuesOf({ ...shape, written: [] }, missed);
    const { rows } = await this.#client.query<ProbeRow>(text, values);
    for (const { o, found, differs } of rows) {
      const command = missed[o - 1] as TargetCommand;
      const staleFields = shape.expected.filter((_, i) => differs[i] === '1');
      if (!found && command.operation === 'delete') this.#tell(command, {});
      else if (!found) this.#tell(command, { result: 'stale', code: 'sink.row_missing', reason: 'row_missing' });
      else if (staleFields.length > 0) this.#tell(command, { result: 'stale', staleFields });
      else this.#suppressed(command);
    }
  }

  #suppressed(command: TargetCommand): void {
    const reason = 'a trigger or rule of the target suppressed the write';
    this.#tell(command, { result: 'rejected', code: 'sink.rejected', reason });
  }

  #tell(command: TargetCommand, told: Parameters<typeof outcomeOf>[1]): void {
    this.#written.set(command, { outcome: outcomeOf(command, told), changed: null });
  }
}

function statementOf(shape: Shape, commands: readonly TargetCommand[]): Statement {
  const values = valuesOf(shape, commands);
  return { text: shape.text, values, ...(shape.name === null ? {} : { name: shape.name }) };
}

/** One array per parameter: keys, written values, expected values. */
function valuesOf(
  { table, isKeyed, written, expected }: Pick<Shape, 'table' | 'isKeyed' | 'written' | 'expected'>,
  commands: readonly TargetCommand[],
): (string | null)[][] {
  const keys = isKeyed ? commands.map((command) => keyTexts(command, table) ?? []) : [];
  const columns = [
    ...(isKeyed ? table.key.map((_, i) => keys.map((texts) => texts[i] ?? null)) : []),
    ...written.map((field) => columnOf(field, (command) => command.values[field])),
    ...expected.map((field) => columnOf(field, (command) => command.expected[field])),
  ];
  return columns.length === 0 ? [commands.map(() => null)] : columns;

  function columnOf(field: string, valueOf: (command: TargetCommand) => TargetCommand['values'][string] | undefined) {
    const { type, codec } = table.fields[field] as Pick<SinkField, 'type' | 'codec'>;
    const own = (value: Value | undefined): Value | undefined =>
      codec === null || value === undefined ? value : codec.write(value);
    return commands.map((command) => nativeText(type, own(valueOf(command))));
  }
}
