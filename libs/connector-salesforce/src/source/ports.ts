/** What the source needs from around it. The store and the publisher of facts implement these; tests use plain objects. */
import type { SourceFact } from '@concord/connector-kit';

/** `generation` counts new beginnings and is the high part of positions; `count` numbers the changes since. */
export type Checkpoint = {
  readonly replayId: Buffer | null;
  readonly count: bigint;
  readonly generation: bigint;
  readonly snapshotDone: boolean;
};

/** Taking a lease raises the epoch: whoever held it before can no longer save. */
export type CheckpointLease = { readonly source: string; readonly epoch: bigint; readonly checkpoint: Checkpoint };

export interface CheckpointStore {
  lease(source: string): Promise<CheckpointLease>;
  /** Rejects with an error whose reaction is `halt` when another reader has taken the lease. */
  save(lease: CheckpointLease, checkpoint: Checkpoint): Promise<void>;
}

export interface KnownRecords {
  /** The entities to which records of the system are known to belong, by native id; unknown ids are absent. */
  entitiesOf(system: string, nativeIds: readonly string[]): Promise<ReadonlyMap<string, readonly string[]>>;
  /** At most `limit` known native ids of the entity, in byte order, greater than `after` and not greater than `upTo`. */
  nativeIdsBetween(range: KnownRange): Promise<readonly string[]>;
}

export type KnownRange = {
  readonly system: string;
  readonly entity: string;
  readonly after: string;
  /** null: no end. */
  readonly upTo: string | null;
  readonly limit: number;
};

export interface FactPublisher {
  /** Resolves when all facts are durable, in this order per record. */
  publish(facts: readonly SourceFact[]): Promise<void>;
}

/** One function per event worth logging or counting. */
export type SourceTelemetry = {
  opened(event: { topic: string }): void;
  interrupted(event: { topic: string; attempt: number; delayMs: number; error: unknown }): void;
  /** Facts and checkpoint are durable. */
  batchDone(event: { topic: string; events: number; facts: readonly SourceFact[] }): void;
  reloading(event: { object: string; why: string }): void;
  reloaded(event: { object: string; records: number }): void;
  halted(event: { topic: string; error: unknown }): void;
};
