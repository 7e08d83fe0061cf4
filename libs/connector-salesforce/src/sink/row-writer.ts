/**
 * Sends writes in rounds until each has an outcome. Rows that are refused for a passing reason are sent again a bounded
 * number of times; a call whose answer was lost leaves its rows in doubt, and they are looked up before they are sent again;
 * a call that is refused as a whole is cut in halves until the row that spoils it stands alone.
 */
import type { TargetOutcome } from '@concord/connector-kit';
import { SYNC_ID_FIELD } from '../connection.ts';
import { isThrottled, reactionOf, type SalesforceApiError } from '../errors.ts';
import { ROWS_PER_CALL_MAX, type RowResult, type SalesforceRest } from '../rest/rest-client.ts';
import { backoffDelayMs, type Backoff, type Timing } from '../timing.ts';
import { lookUp } from './look-up.ts';
import { verdictOf, type RowVerdict } from './row-outcomes.ts';
import { outcomeOf, type Write } from './writes.ts';

export type WriterLimits = { readonly attemptsMax: number; readonly backoff: Backoff };

const writerLimits: WriterLimits = { attemptsMax: 5, backoff: { delayMsMin: 250, delayMsMax: 8000 } };

/** A write without a final outcome. `isUnsure`: it may have happened. `refusal`: what to report if it is never accepted. */
export type OpenWrite = { readonly write: Write; readonly isUnsure: boolean; readonly refusal?: TargetOutcome };

/** What one round left; `failure` is the call that could not be completed, after which nothing more was sent. */
type Round = { readonly outcomes: TargetOutcome[]; readonly open: OpenWrite[]; failure: unknown };

export class RowWriter {
  readonly #rest: SalesforceRest;
  readonly #timing: Timing;
  readonly #limits: WriterLimits;

  constructor(rest: SalesforceRest, timing: Timing, limits: WriterLimits = writerLimits) {
    this.#rest = rest;
    this.#timing = timing;
    this.#limits = limits;
  }

  /** One outcome per write, in no particular order. Throws when the org cannot be reached or can never take the call. */
  async write(writes: readonly OpenWrite[]): Promise<TargetOutcome[]> {
    const outcomes: TargetOutcome[] = [];
    let open = writes;
    for (let attempt = 0; open.length > 0; attempt += 1) {
      const round = await this.#round(open);
      outcomes.push(...round.outcomes);
      open = round.open;
      const isLast = attempt + 1 >= this.#limits.attemptsMax;
      if (round.failure !== null && (isLast || isThrottled(round.failure))) throw round.failure;
      if (isLast) break;
      if (open.length > 0) {
        await this.#timing.sleep(backoffDelayMs(attempt, this.#limits.backoff, this.#timing.random));
      }
    }
    return [...outcomes, ...open.flatMap(({ refusal }) => refusal ?? [])];
  }

  async #round(open: readonly OpenWrite[]): Promise<Round> {
    const round: Round = { outcomes: [], open: [], failure: null };
    const unclear = open.filter(({ write, isUnsure }) => isUnsure || lacksId(write));
    const todo = open.filter((one) => !unclear.includes(one)).map(({ write }) => write);
    try {
      for (const finding of await lookUp(
        this.#rest,
        unclear.map(({ write }) => write),
      )) {
        if (finding.kind === 'todo') todo.push(finding.write);
        else round.outcomes.push(finding.outcome);
      }
    } catch (error) {
      if (reactionOf(error) !== 'retry') throw error;
      return { outcomes: [], open: [...open], failure: error };
    }
    for (const chunk of chunksOf(todo)) await this.#send(chunk, round);
    return round;
  }

  async #send(chunk: readonly Write[], round: Round): Promise<void> {
    if (round.failure !== null) {
      round.open.push(...chunk.map((write) => ({ write, isUnsure: false })));
      return;
    }
    try {
      const results = await this.#call(chunk);
      chunk.forEach((write, index) => note(write, verdictOf(write, results[index] as RowResult), round));
    } catch (error) {
      const reaction = reactionOf(error);
      if (reaction === 'retry') {
        round.failure = error;
        round.open.push(...chunk.map((write) => ({ write, isUnsure: true })));
      } else if (reaction !== 'park') throw error;
      else if (chunk.length === 1) round.outcomes.push(refusedAlone(chunk[0] as Write, error));
      else {
        const middle = Math.ceil(chunk.length / 2);
        await this.#send(chunk.slice(0, middle), round);
        await this.#send(chunk.slice(middle), round);
      }
    }
  }

  /** All writes of a chunk have the same operation and object. */
  async #call(chunk: readonly Write[]): Promise<RowResult[]> {
    const { command, object } = chunk[0] as Write;
    if (command.operation === 'delete') {
      return await this.#rest.deleteRows(chunk.map(({ nativeId }) => nativeId as string));
    }
    if (command.operation === 'update') {
      return await this.#rest.updateRows(
        object,
        chunk.map(({ row, nativeId }) => ({ Id: nativeId, ...row })),
      );
    }
    return await this.#rest.upsertRows(
      object,
      SYNC_ID_FIELD,
      chunk.map(({ row }) => row),
    );
  }
}

function lacksId({ command, nativeId }: Write): boolean {
  return command.operation !== 'create' && nativeId === null;
}

function* chunksOf(writes: readonly Write[]): Generator<Write[]> {
  for (const group of Map.groupBy(writes, ({ command, object }) => `${command.operation} ${object}`).values()) {
    for (let from = 0; from < group.length; from += ROWS_PER_CALL_MAX)
      yield group.slice(from, from + ROWS_PER_CALL_MAX);
  }
}

function note(write: Write, verdict: RowVerdict, { outcomes, open }: Round): void {
  if (verdict.kind === 'settled') outcomes.push(verdict.outcome);
  else open.push({ write, isUnsure: false, refusal: verdict.outcome });
}

function refusedAlone({ command }: Write, error: unknown): TargetOutcome {
  const { apiCode, message } = error as SalesforceApiError;
  return outcomeOf(command, { result: 'rejected', code: 'sink.rejected', reason: `${apiCode}: ${message}` });
}
