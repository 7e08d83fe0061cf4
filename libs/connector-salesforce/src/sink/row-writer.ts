/**
 * Sends writes in rounds until each has an outcome. Rows that are refused for a passing reason are sent again a bounded
 * number of times; a call whose answer was lost leaves its rows in doubt, and they are looked up before they are sent again;
 * a call that is refused as a whole is cut in halves until the row that spoils it stands alone.
 *
 * Where the object is guarded, an update is compared with the row as it is and then sent with the revision that was read. A
 * refusal by the guard only says that somebody saved the record: it is read again, and the fields decide whether it is stale.
 */
import type { TargetOutcome } from '@concord/connector-kit';
import { SYNC_ID_FIELD } from '../connection.ts';
import { isThrottled, reactionOf, type SalesforceApiError } from '../errors.ts';
import { Guards } from '../guard/guard.ts';
import { ROWS_PER_CALL_MAX, type RowResult, type SalesforceRest } from '../rest/rest-client.ts';
import { backoffDelayMs, type Backoff, type Timing } from '../timing.ts';
import { lookUp, readLatest, type Doubt } from './look-up.ts';
import { verdictOf, type RowVerdict } from './row-outcomes.ts';
import { outcomeOf, type Write } from './writes.ts';

export type WriterLimits = {
  readonly attemptsMax: number;
  readonly backoff: Backoff;
  /** How often a write is read and compared anew because somebody else saved the record in between. */
  readonly contentionsMax: number;
  readonly contentionBackoff: Backoff;
};

const writerLimits: WriterLimits = {
  attemptsMax: 5,
  backoff: { delayMsMin: 250, delayMsMax: 8000 },
  contentionsMax: 20,
  contentionBackoff: { delayMsMin: 10, delayMsMax: 1000 },
};

/** A write without a final outcome. `isUnsure`: it may have happened. `refusal`: what to report if it is never accepted. */
export type OpenWrite = Doubt & { readonly refusal?: TargetOutcome; readonly isContended?: boolean };

/** What one round left; `failure` is the call that could not be completed, after which nothing more was sent. */
type Round = { readonly outcomes: TargetOutcome[]; readonly open: OpenWrite[]; failure: unknown };

export class RowWriter {
  readonly #rest: SalesforceRest;
  readonly #timing: Timing;
  readonly #limits: WriterLimits;
  readonly #guards: Guards;

  constructor(rest: SalesforceRest, timing: Timing, limits: Partial<WriterLimits> = {}) {
    this.#rest = rest;
    this.#timing = timing;
    this.#limits = { ...writerLimits, ...limits };
    this.#guards = new Guards(rest);
  }

  /** One outcome per write, in no particular order. Throws when the org cannot be reached or can never take the call. */
  async write(writes: readonly OpenWrite[]): Promise<TargetOutcome[]> {
    const { attemptsMax, backoff, contentionsMax, contentionBackoff } = this.#limits;
    const outcomes: TargetOutcome[] = [];
    let open = writes;
    let [attempts, contentions] = [0, 0];
    while (open.length > 0) {
      const round = await this.#round(open);
      outcomes.push(...round.outcomes);
      open = round.open;
      const isContention = round.failure === null && open.every((one) => one.isContended === true);
      if (isContention) contentions += 1;
      else attempts += 1;
      const isLast = attempts >= attemptsMax || contentions >= contentionsMax;
      if (round.failure !== null && (isLast || isThrottled(round.failure))) throw round.failure;
      if (isLast || open.length === 0) break;
      const delayMs = isContention
        ? backoffDelayMs(contentions - 1, contentionBackoff, this.#timing.random)
        : backoffDelayMs(attempts - 1, backoff, this.#timing.random);
      await this.#timing.sleep(delayMs);
    }
    return [...outcomes, ...open.flatMap(({ refusal }) => refusal ?? [])];
  }

  async #round(open: readonly OpenWrite[]): Promise<Round> {
    const round: Round = { outcomes: [], open: [], failure: null };
    let todo: Write[];
    try {
      todo = await this.#prepare(open, round);
    } catch (error) {
      if (reactionOf(error) !== 'retry') throw error;
      return { outcomes: [], open: [...open], failure: error };
    }
    for (const chunk of chunksOf(todo)) await this.#send(chunk, round);
    return round;
  }

  /** Settles what turns out to need no call, or to be stale, and tells what is to be sent. */
  async #prepare(open: readonly OpenWrite[], { outcomes }: Round): Promise<Write[]> {
    const guarded = new Set<string>();
    for (const object of new Set(open.map(({ write }) => write.object))) {
      if (await this.#guards.has(object)) guarded.add(object);
    }
    const guarding = { isGuarded: (object: string) => guarded.has(object), mark: () => this.#mark() };
    const [doubts, sure] = partition(open, ({ write, isUnsure }) => isUnsure || lacksId(write));
    const [toCompare, todo] = partition(
      sure.map(({ write }) => write),
      ({ command, object }) => guarded.has(object) && command.operation !== 'create',
    );
    const findings = [...(await lookUp(this.#rest, doubts, guarding)), ...(await readLatest(this.#rest, toCompare))];
    for (const finding of findings) {
      if (finding.kind === 'todo') todo.push(finding.write);
      else outcomes.push(finding.outcome);
    }
    return todo;
  }

  #mark(): string {
    return Math.floor(this.#timing.random() * 36 ** 6).toString(36);
  }

  async #send(chunk: readonly Write[], round: Round): Promise<void> {
    if (round.failure !== null) {
      round.open.push(...chunk.map((write) => ({ write, isUnsure: write.wasInDoubt })));
      return;
    }
    try {
      const results = await this.#call(chunk);
      const verdicts = chunk.map((write, index) => verdictOf(write, results[index] as RowResult));
      chunk.forEach((write, index) => note(write, verdicts[index] as RowVerdict, round));
      if (verdicts.some(({ kind }) => kind === 'contended')) this.#guards.refused((chunk[0] as Write).object);
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

/** A create that the guard refuses has met a row: which one, a look-up tells. */
function note(write: Write, verdict: RowVerdict, { outcomes, open }: Round): void {
  const isUnsure = write.wasInDoubt || (verdict.kind === 'contended' && write.command.operation === 'create');
  if (verdict.kind === 'settled') outcomes.push(verdict.outcome);
  else open.push({ write, isUnsure, refusal: verdict.outcome, isContended: verdict.kind === 'contended' });
}

function partition<One>(all: readonly One[], belongs: (one: One) => boolean): [One[], One[]] {
  return [all.filter(belongs), all.filter((one) => !belongs(one))];
}

function refusedAlone({ command }: Write, error: unknown): TargetOutcome {
  const { apiCode, message } = error as SalesforceApiError;
  return outcomeOf(command, { result: 'rejected', code: 'sink.rejected', reason: `${apiCode}: ${message}` });
}
