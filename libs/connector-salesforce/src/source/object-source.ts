/**
 * One object's changes, from the org to the publisher, without losing or doubling any.
 *
 *     lease ── position known? ──yes──▶ follow the stream from there
 *                   │no
 *                   ▼
 *     new generation ▶ open the stream at LATEST ▶ read all records ▶ then handle what the stream has held back
 *
 * Order of every batch: facts durable, then checkpoint durable, then more events are asked for. A batch that fails anywhere
 * is delivered again from the last checkpoint and gets the same positions. While records are read for the first time, the
 * stream holds back at most the events that were asked for.
 */
import type { SourceFact } from '@concord/connector-kit';
import type { RecordReader } from './record-reader.ts';
import type { EntityBinding } from '../normalize/binding.ts';
import { topicOf } from '../normalize/binding.ts';
import { subscribe, subscriptionLimits, type Subscription, type SubscriptionLimits } from '../pubsub/subscribe.ts';
import type { EventBatch, PubSubTransport } from '../pubsub/transport.ts';
import { backoffDelayMs, type Timing } from '../timing.ts';
import { reactionOf } from '../errors.ts';
import type {
  Checkpoint,
  CheckpointLease,
  CheckpointStore,
  FactPublisher,
  KnownRecords,
  SourceTelemetry,
} from './ports.ts';
import { reload } from './reload.ts';
import { stepsOf, type SchemaSource } from './steps.ts';
import type { Translator } from './translator.ts';

export type ObjectSourceParts = {
  readonly system: string;
  readonly bindings: readonly [EntityBinding, ...EntityBinding[]];
  readonly transport: PubSubTransport;
  readonly schemas: SchemaSource;
  readonly reader: RecordReader;
  readonly translator: Translator;
  readonly known: KnownRecords;
  readonly publisher: FactPublisher;
  readonly checkpoints: CheckpointStore;
  readonly telemetry: SourceTelemetry;
  readonly timing: Timing;
  readonly limits?: Partial<SubscriptionLimits>;
};

export class ObjectSource {
  readonly topic: string;
  readonly #parts: ObjectSourceParts;
  readonly #object: string;

  constructor(parts: ObjectSourceParts) {
    this.#parts = parts;
    this.#object = parts.bindings[0].object;
    this.topic = topicOf(this.#object);
  }

  /** Runs until the signal is aborted; rejects when only a person can help. */
  async run(signal: AbortSignal): Promise<void> {
    const { checkpoints, telemetry, timing, system } = this.#parts;
    let cursor: Cursor | null = null;
    let isPositionLost = false;
    for (let attempt = 0; !signal.aborted; attempt += 1) {
      const pause = backoffDelayMs(attempt, subscriptionLimits.backoff, timing.random);
      try {
        cursor ??= new Cursor(checkpoints, await checkpoints.lease(`${system}/${this.#object}`));
        const { snapshotDone, replayId } = cursor.checkpoint;
        if (snapshotDone && replayId !== null && !isPositionLost) await this.#follow(cursor, replayId, signal);
        else await this.#begin(cursor, signal);
        isPositionLost = false;
      } catch (error) {
        if (signal.aborted) return;
        const isExpired = (error as { code?: string }).code === EXPIRED;
        if (reactionOf(error) === 'halt' && !isExpired) throw error;
        isPositionLost ||= isExpired;
        telemetry.interrupted({ topic: this.topic, attempt, delayMs: pause, error });
      }
      await timing.sleep(pause, signal);
    }
  }

  async #follow(cursor: Cursor, replayId: Buffer, signal: AbortSignal): Promise<void> {
    await subscribe({
      ...this.#subscription(signal),
      start: { preset: 'custom', replayId },
      handle: (batch) => this.#handle(batch, cursor, signal),
    });
  }

  /** A new generation: whatever was published before sorts below what is published from now on. */
  async #begin(cursor: Cursor, signal: AbortSignal): Promise<void> {
    const generation = cursor.checkpoint.generation + 1n;
    await cursor.save({ replayId: null, count: 0n, generation, snapshotDone: false });
    const ending = new AbortController();
    const both = AbortSignal.any([signal, ending.signal]);
    let failure: unknown = null;
    let loaded = Promise.resolve();
    let isOpened = false;
    const load = (): void => {
      if (isOpened) return;
      isOpened = true;
      loaded = this.#load(cursor, both).catch((error: unknown) => {
        failure ??= error;
        ending.abort();
      });
    };
    try {
      const result = await subscribe({
        ...this.#subscription(both),
        start: { preset: 'latest' },
        onOpen: () => {
          this.#parts.telemetry.opened({ topic: this.topic });
          load();
        },
        handle: async (batch) => {
          await loaded;
          both.throwIfAborted();
          await this.#handle(batch, cursor, both);
        },
      });
      if (result !== 'stopped') return;
    } finally {
      ending.abort();
      await loaded;
    }
    if (failure !== null) throw failure;
  }

  async #load(cursor: Cursor, signal: AbortSignal): Promise<void> {
    await this.#reload('no stored position', signal);
    await cursor.save({ ...cursor.checkpoint, snapshotDone: true });
  }

  async #handle({ events, latestReplayId }: EventBatch, cursor: Cursor, signal: AbortSignal): Promise<void> {
    const { checkpoint } = cursor;
    const { steps, count } = await stepsOf(events, checkpoint.count, this.#parts.schemas);
    const facts: SourceFact[] = [];
    for (const step of steps) {
      if (step.kind === 'reload') await this.#reload(step.why, signal);
      else {
        const translated = await this.#parts.translator.translate(step.changes, checkpoint.generation);
        if (translated.length > 0) await this.#parts.publisher.publish(translated);
        for (const fact of translated) facts.push(fact);
      }
    }
    const replayId = latestReplayId.length > 0 ? latestReplayId : checkpoint.replayId;
    await cursor.save({ ...checkpoint, replayId, count });
    this.#parts.telemetry.batchDone({ topic: this.topic, events: events.length, facts });
  }

  async #reload(why: string, signal: AbortSignal): Promise<void> {
    const { bindings, reader, translator, known, publisher, telemetry } = this.#parts;
    telemetry.reloading({ object: this.#object, why });
    const records = await reload({ bindings, reader, translator, known, publisher, signal });
    telemetry.reloaded({ object: this.#object, records });
  }

  #subscription(signal: AbortSignal): Omit<Subscription, 'start' | 'handle'> {
    const { transport, timing, telemetry, limits } = this.#parts;
    return {
      transport,
      timing,
      signal,
      topic: this.topic,
      ...(limits === undefined ? {} : { limits }),
      onOpen: () => telemetry.opened({ topic: this.topic }),
      onInterruption: (interruption) => telemetry.interrupted(interruption),
    };
  }
}

const EXPIRED = 'salesforce.replay_expired';

/** The checkpoint in force, moved only by saving. */
class Cursor {
  checkpoint: Checkpoint;
  readonly #store: CheckpointStore;
  readonly #lease: CheckpointLease;

  constructor(store: CheckpointStore, lease: CheckpointLease) {
    this.#store = store;
    this.#lease = lease;
    this.checkpoint = lease.checkpoint;
  }

  async save(checkpoint: Checkpoint): Promise<void> {
    await this.#store.save(this.#lease, checkpoint);
    this.checkpoint = checkpoint;
  }
}
