/**
 * Asks a system without a stream for its rows, again and again: what has changed since, and what is gone. Between two polls
 * everything that users did is one difference. Now and then, when all is quiet, everything is asked for again (`verify`): a
 * row that came while a command of ours had no outcome yet may have been refused, and nothing else would tell it again. A crash forgets what was read and not yet published.
 */
import type { SourceChange } from '@concord/core';
import type { Random } from '@concord/testing';
import { send } from './broker.ts';
import type { RecordInput, Topic } from './broker.ts';
import type { SimulatedSystem } from './system.ts';

type Poll = {
  readonly upTo: number;
  readonly surprising: readonly string[];
  readonly rows: readonly RecordInput[];
  readonly ids: ReadonlyMap<string, readonly string[]>;
};

const FORGOTTEN_CHANCE = 0.2;

export class Poller {
  readonly name: string;
  readonly #system: SimulatedSystem;
  readonly #changes: Topic<RecordInput>;
  /** How far the last published poll had come. */
  #upTo = 0;
  /** The ids that were published: identities are durable before a change is, so an absence is never overlooked. */
  #ids: ReadonlyMap<string, readonly string[]> = new Map();
  #polled: Poll | null = null;

  constructor(system: SimulatedSystem, changes: Topic<RecordInput>) {
    this.name = `poller of ${system.profile.name}`;
    this.#system = system;
    this.#changes = changes;
  }

  get hasWork(): boolean {
    const { surprising, stream } = this.#system;
    return this.#polled !== null || this.#upTo < stream.length || surprising.size > 0;
  }

  run(random: Random): string {
    if (this.#polled === null) {
      this.#polled = this.#poll();
      if (random.chance(0.5)) return `reads ${this.#polled.rows.length} rows`;
    }
    const { rows, ids, upTo } = this.#polled;
    const told = rows.map(({ record, input }) => ({ record: this.#system.recordOf(record), input }));
    send(random, this.#changes, told);
    this.#polled = null;
    this.#ids = ids;
    // What was published is read again if the place was not kept.
    if (!random.chance(FORGOTTEN_CHANCE)) this.#upTo = upTo;
    return `publishes ${rows.length} rows`;
  }

  /** Asks for everything once more, as a comparison of whole systems does. */
  compareAll(): void {
    this.#upTo = 0;
  }

  crash(): string {
    for (const record of this.#polled?.surprising ?? []) this.#system.surprising.add(record);
    this.#polled = null;
    return 'crashes';
  }

  #poll(): Poll {
    const upTo = this.#system.stream.length;
    const events = this.#system.stream.slice(this.#upTo);
    const surprising = [...this.#system.surprising];
    this.#system.surprising.clear();
    const touched = new Set([...surprising, ...events.map(({ record }) => record)]);
    const ids = new Map(this.#ids);
    // What we created ourselves is known by its outcome.
    for (const { record, change } of events) {
      if (change.echo !== null) ids.set(record, [...(ids.get(record) ?? []), change.nativeId]);
    }
    const rows: RecordInput[] = [];
    for (const record of touched) {
      const [known, present] = [new Set(ids.get(record)), this.#system.rows.get(record)?.nativeId];
      const gone = [...known].filter((id) => id !== present);
      // Nothing was known of it, and it is gone again: that is the answer to the question.
      if (present === undefined && known.size === 0 && surprising.includes(record)) gone.push('');
      for (const id of gone) rows.push({ record, input: this.#gone(id) });
      const row = this.#system.polled(record);
      if (row !== null) rows.push({ record, input: row });
      ids.set(record, row === null ? [] : [row.nativeId]);
    }
    return { upTo, surprising, rows, ids };
  }

  #gone(nativeId: string): SourceChange {
    return {
      kind: 'change',
      system: this.#system.profile.name,
      position: '',
      at: this.#system.moment(),
      nativeId,
      existence: 'deleted',
      values: {},
      complete: false,
      snapshot: true,
      echo: null,
      transaction: '',
    };
  }
}
