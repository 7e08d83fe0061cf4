/**
 * Executes commands in one org so that each has its effect once. Salesforce has no transactions across calls, so the intent
 * is durable before a call and the outcomes after it; commands between the two are in doubt after a crash or a lost answer
 * and are looked up by their stamp before they are sent again.
 *
 * Where the object has the guard's fields, each command is compared with what it expects before it is written, and the org
 * refuses it if the record was saved in between; without them `expected` is not compared, and an edit that a user makes while
 * a command is under way can be overwritten. Its event is in the stream all the same, and the resolver records the conflict.
 */
import {
  ConnectorError,
  type ChangeSink,
  type ProgressStore,
  type StreamProgress,
  type TargetCommand,
  type TargetOutcome,
} from '@concord/connector-kit';
import type { EntityPlan } from '@concord/contracts';
import { bindPlans, type EntityBinding } from '../normalize/binding.ts';
import type { SalesforceRest } from '../rest/rest-client.ts';
import { systemTiming, type Timing } from '../timing.ts';
import { RowWriter, type OpenWrite, type WriterLimits } from './row-writer.ts';
import { outcomeOf, writeOf } from './writes.ts';

export type SalesforceSinkOptions = {
  readonly system: string;
  readonly plans: readonly EntityPlan[];
  readonly rest: SalesforceRest;
  readonly progress: ProgressStore;
  readonly timing?: Timing;
  readonly limits?: Partial<WriterLimits>;
};

export class SalesforceSink implements ChangeSink {
  readonly #bindings: ReadonlyMap<string, EntityBinding>;
  readonly #progress: ProgressStore;
  readonly #writer: RowWriter;

  constructor({ system, plans, rest, progress, timing = systemTiming, limits }: SalesforceSinkOptions) {
    this.#bindings = new Map(bindPlans(plans, system).map((binding) => [binding.entity, binding]));
    this.#progress = progress;
    this.#writer = new RowWriter(rest, timing, limits);
  }

  async apply(batch: readonly TargetCommand[]): Promise<readonly TargetOutcome[]> {
    const streams = [...new Set(batch.map(({ stream }) => stream))];
    const before = await this.#loadProgress(streams);
    const fresh = batch.filter(({ stream, sequence }) => sequence > before.get(stream)!.done);
    const remembered = streams.flatMap((stream) => before.get(stream)!.outcomes);
    if (fresh.length === 0) return inOrder(batch, remembered);
    const intended = intentOf(fresh, before);
    await this.#progress.intend(intended, [...before.values()]);
    const outcomes = inOrder(batch, [...remembered, ...(await this.#execute(fresh, before))]);
    await this.#progress.finish(finished(intended, batch, outcomes));
    return outcomes;
  }

  /** The client that was passed in belongs to the caller. */
  async close(): Promise<void> {}

  async #loadProgress(streams: readonly string[]): Promise<Map<string, StreamProgress>> {
    const known = new Map((await this.#progress.load(streams)).map((progress) => [progress.stream, progress]));
    return new Map(
      streams.map((stream) => [stream, known.get(stream) ?? { stream, intended: 0, done: 0, outcomes: [] }]),
    );
  }

  async #execute(
    commands: readonly TargetCommand[],
    before: ReadonlyMap<string, StreamProgress>,
  ): Promise<TargetOutcome[]> {
    const refused: TargetOutcome[] = [];
    const open = commands.flatMap((command): OpenWrite[] => {
      const write = this.#prepare(command);
      if ('result' in write) {
        refused.push(write);
        return [];
      }
      return [{ write, isUnsure: command.sequence <= before.get(command.stream)!.intended }];
    });
    return [...refused, ...(await this.#writer.write(open))];
  }

  #prepare(command: TargetCommand): ReturnType<typeof writeOf> | TargetOutcome {
    const binding = this.#bindings.get(command.entity);
    if (binding === undefined) {
      const reason = `no plan for ${command.entity}`;
      return outcomeOf(command, { result: 'rejected', code: 'contract.unknown_entity', reason });
    }
    try {
      return writeOf(command, binding);
    } catch (error) {
      if (error instanceof ConnectorError) throw error;
      return outcomeOf(command, { result: 'rejected', code: 'sink.rejected', reason: (error as Error).message });
    }
  }
}

function intentOf(commands: readonly TargetCommand[], before: ReadonlyMap<string, StreamProgress>): StreamProgress[] {
  return [...Map.groupBy(commands, ({ stream }) => stream)].map(([stream, ofStream]) => {
    const progress = before.get(stream)!;
    const last = ofStream.reduce((max, { sequence }) => Math.max(max, sequence), progress.intended);
    return { ...progress, intended: last };
  });
}

/**
 * What is remembered of a stream are the outcomes of its last batch. A batch may be shorter than the one that was cut off
 * before, so only what it holds is done; the rest stays in doubt.
 */
function finished(
  intended: readonly StreamProgress[],
  batch: readonly TargetCommand[],
  outcomes: readonly TargetOutcome[],
): StreamProgress[] {
  const streamOf = new Map(batch.map((command) => [keyOf(command), command.stream]));
  return intended.map((progress) => ({
    ...progress,
    done: Math.max(...batch.filter(({ stream }) => stream === progress.stream).map(({ sequence }) => sequence)),
    outcomes: outcomes.filter((outcome) => streamOf.get(keyOf(outcome)) === progress.stream),
  }));
}

/** The outcomes of the batch's commands, in its order; a command older than what is remembered has none. */
function inOrder(batch: readonly TargetCommand[], outcomes: readonly TargetOutcome[]): TargetOutcome[] {
  const byCommand = new Map(outcomes.map((outcome) => [keyOf(outcome), outcome]));
  return batch.flatMap((command) => byCommand.get(keyOf(command)) ?? []);
}

function keyOf({ recordId, sequence, entity }: Pick<TargetCommand, 'recordId' | 'sequence' | 'entity'>): string {
  return `${entity} ${recordId} ${sequence}`;
}
