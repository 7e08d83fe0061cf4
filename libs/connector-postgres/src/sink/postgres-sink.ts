/**
 * Executes commands in a Postgres database. One batch is one transaction: progress, our opening mark, the rows, the closing
 * mark that names the rows really changed, progress again. Either all of it happens or nothing (I2, I8).
 *
 * Round trips: one to lock the progress, one for all rows, one to close and commit; one more only when a guard failed.
 */
import { randomUUID } from 'node:crypto';
import type { ChangeSink, ConnectorError, TargetCommand, TargetOutcome } from '@concord/connector-kit';
import type { EntityPlan } from '@concord/contracts';
import type pg from 'pg';
import type { PostgresPool } from '../connection.ts';
import { postgresError, toConnectorError } from '../errors.ts';
import { closingMark, markPrefix, openingMark, type WrittenRow } from '../normalizer/bracket.ts';
import { allOf, type Statement } from './pipelined.ts';
import { outcomeOf, recall, remember, statements, type Remembered, type StreamProgress } from './progress.ts';
import { RowWriter, type Group, type Written } from './row-writer.ts';
import { ShapeCache, type Shape } from './shapes.ts';
import { keyTexts, loadSinkTable, type SinkTable } from './sink-table.ts';

export type PostgresSinkOptions = {
  readonly system: string;
  readonly plans: readonly EntityPlan[];
  readonly pool: PostgresPool;
  /** Commands per transaction; larger batches are cut. Bounds locks, marks and memory. */
  readonly commandsMax?: number;
};

type Told = { readonly command: TargetCommand; readonly outcome: TargetOutcome };
type ProgressRow = { stream: string; sequence: string; outcomes: Remembered };

const COMMANDS_MAX = 2000;

export class PostgresSink implements ChangeSink {
  readonly #options: PostgresSinkOptions;
  readonly #shapes = new ShapeCache();
  readonly #tables = new Map<string, SinkTable>();
  readonly #streams = new Set<string>();

  constructor(options: PostgresSinkOptions) {
    this.#options = options;
  }

  async apply(batch: readonly TargetCommand[]): Promise<readonly TargetOutcome[]> {
    const told: Told[] = [];
    const commandsMax = this.#options.commandsMax ?? COMMANDS_MAX;
    for (let from = 0; from < batch.length; from += commandsMax) {
      const part = await this.#applyPart(batch.slice(from, from + commandsMax), told);
      for (const one of part) told.push(one);
    }
    return told.map(({ outcome }) => outcome);
  }

  close(): Promise<void> {
    return this.#options.pool.end();
  }

  /** `earlier` are outcomes of the same batch: they are not published yet, so they must be remembered too. */
  async #applyPart(batch: readonly TargetCommand[], earlier: readonly Told[]): Promise<Told[]> {
    const { pool } = this.#options;
    const client = await pool.connect();
    let failure: Error | undefined;
    try {
      await this.#loadTables(batch);
      return await this.#transaction(client, batch, earlier);
    } catch (error) {
      const told = toConnectorError(error, pool.where);
      failure = told;
      if (told.code === 'sink.schema') this.#forgetTables();
      throw told;
    } finally {
      // A connection that failed may still be in a transaction; the server rolls it back when it goes.
      client.release(failure !== undefined);
    }
  }

  async #transaction(
    client: pg.ClientBase,
    batch: readonly TargetCommand[],
    earlier: readonly Told[],
  ): Promise<Told[]> {
    const progress = await this.#lockProgress(client, batch);
    const sequenceOf = (command: TargetCommand): number => progress.get(command.stream)?.sequence ?? -1;
    const fresh = batch.filter((command) => command.sequence > sequenceOf(command));
    if (fresh.length === 0) {
      await client.query('COMMIT');
      return batch.flatMap((command) => tell(command, recalled(progress, command)));
    }
    const id = randomUUID();
    const written = await this.#write(client, fresh, mark(openingMark(id)));
    const told = batch.flatMap((command) =>
      tell(command, written.get(command)?.outcome ?? recalled(progress, command)),
    );
    const rows = fresh.flatMap((command) => rowOf(command, written.get(command)));
    await this.#finish(client, mark(closingMark(id, rows)), fresh, [...earlier, ...told]);
    return told;
  }

  async #lockProgress(client: pg.ClientBase, batch: readonly TargetCommand[]): Promise<Map<string, StreamProgress>> {
    const streams = [...new Set(batch.map(({ stream }) => stream))];
    const isNew = streams.some((stream) => !this.#streams.has(stream));
    const results = await allOf(client, [
      { text: 'BEGIN ISOLATION LEVEL READ COMMITTED' },
      ...(isNew ? [{ ...statements.add, values: [streams] }] : []),
      { ...statements.lock, values: [streams] },
    ]);
    const rows = (results.at(-1) as pg.QueryResult<ProgressRow>).rows;
    if (rows.length < streams.length) {
      this.#streams.clear();
      throw progressGone(this.#options.system);
    }
    for (const stream of streams) this.#streams.add(stream);
    return new Map(rows.map((row) => [row.stream, { ...row, sequence: Number(row.sequence) }]));
  }

  async #write(
    client: pg.ClientBase,
    fresh: readonly TargetCommand[],
    opening: Statement,
  ): Promise<Map<TargetCommand, Written>> {
    const groups = new Map<Shape, TargetCommand[]>();
    const refused = new Map<TargetCommand, Written>();
    for (const command of fresh) {
      const refusal = this.#refusalOf(command);
      if (refusal !== null) {
        refused.set(command, {
          changed: null,
          outcome: outcomeOf(command, { result: 'rejected', code: 'sink.rejected', reason: refusal }),
        });
        continue;
      }
      const shape = this.#shapeOf(command);
      const group = groups.get(shape);
      if (group === undefined) groups.set(shape, [command]);
      else group.push(command);
    }
    const list = [...groups].map(([shape, commands]): Group => ({ shape, commands }));
    const written = await new RowWriter(client).write(list, [opening]);
    return new Map([...refused, ...written]);
  }

  /** The progress rows are locked, so moving them cannot fail, and the commit need not wait for the answer. */
  async #finish(
    client: pg.ClientBase,
    closing: Statement,
    fresh: readonly TargetCommand[],
    told: readonly Told[],
  ): Promise<void> {
    const last = new Map<string, number>();
    for (const { stream, sequence } of fresh) last.set(stream, Math.max(sequence, last.get(stream) ?? 0));
    const byStream = Map.groupBy(told, ({ command }) => command.stream);
    const streams = [...last.keys()];
    const outcomesOf = (stream: string): TargetOutcome[] => (byStream.get(stream) ?? []).map(({ outcome }) => outcome);
    const values = [
      streams,
      streams.map((stream) => last.get(stream)),
      streams.map((stream) => JSON.stringify(remember(outcomesOf(stream)))),
    ];
    await allOf(client, [closing, { ...statements.move, values }, { text: 'COMMIT' }]);
  }

  #shapeOf(command: TargetCommand): Shape {
    const table = this.#tables.get(command.entity) as SinkTable;
    const { operation, values, expected } = command;
    const isSaid = (field: string): boolean =>
      operation !== 'create' || values[field] !== null || !table.fields[field]?.hasDefault;
    return this.#shapes.get({
      table,
      operation,
      written: operation === 'delete' ? [] : Object.keys(values).filter(isSaid).sort(),
      expected: operation === 'create' ? [] : Object.keys(expected).sort(),
    });
  }

  #refusalOf(command: TargetCommand): string | null {
    const table = this.#tables.get(command.entity) as SinkTable;
    const { operation, values, expected } = command;
    const unknown = [...Object.keys(values), ...Object.keys(expected)].find(
      (field) => !Object.hasOwn(table.fields, field),
    );
    if (unknown !== undefined) return `the plan has no field "${unknown}" for this table`;
    if (operation !== 'create' && keyTexts(command, table) === null)
      return 'the command does not name a row of the table';
    return operation === 'update' && Object.keys(values).length === 0 ? 'the update has no values' : null;
  }

  async #loadTables(batch: readonly TargetCommand[]): Promise<void> {
    const { pool, plans, system } = this.#options;
    for (const { entity } of batch) {
      if (this.#tables.has(entity)) continue;
      const plan = plans.find((one) => one.entity === entity);
      if (plan === undefined) {
        const hint = 'Run "apply" and restart the service.';
        throw postgresError('contract.unknown_entity', 'halt', { message: `No plan holds entity ${entity}`, hint });
      }
      this.#tables.set(entity, await loadSinkTable(pool, plan, system));
    }
  }

  #forgetTables(): void {
    this.#tables.clear();
    this.#shapes.clear();
  }
}

function mark(content: string): Statement {
  return {
    name: 'concord_mark',
    text: 'SELECT pg_logical_emit_message(true, $1, $2::text)',
    values: [markPrefix, content],
  };
}

function rowOf(command: TargetCommand, written: Written | undefined): WrittenRow[] {
  const { sequence, entity, recordId } = command;
  const nativeId = written?.changed ?? null;
  if (nativeId === null) return [];
  const row = [sequence, entity, recordId, nativeId] as const;
  return nativeId === command.nativeId ? [[...row, 1]] : [row];
}

function recalled(progress: ReadonlyMap<string, StreamProgress>, command: TargetCommand): TargetOutcome | null {
  const known = progress.get(command.stream);
  return known === undefined ? null : recall(known.outcomes, command);
}

function tell(command: TargetCommand, outcome: TargetOutcome | null): Told[] {
  return outcome === null ? [] : [{ command, outcome }];
}

function progressGone(system: string): ConnectorError {
  return postgresError('sink.unreachable', 'retry', {
    message: `The progress of ${system} has vanished from its database while the writer ran`,
    hint: 'The database was restored or its schema "concord" emptied: resync the system if so. It is tried again.',
  });
}
