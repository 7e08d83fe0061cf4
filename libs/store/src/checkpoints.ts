/**
 * How far a source outside Kafka has been read. A reader takes a lease by raising the epoch; a reader that was replaced can
 * no longer save. `generation` counts how often the source was begun anew (first start, expired position): it is the high
 * part of positions, so that everything read after a new beginning sorts after everything read before.
 */
import type { Database, Row } from './database.ts';
import { StoreError } from './errors.ts';

export type SourceCheckpoint = {
  readonly replayId: Buffer | null;
  /** Changes numbered so far in this generation. */
  readonly count: bigint;
  readonly generation: bigint;
  readonly snapshotDone: boolean;
};

export type SourceLease = { readonly source: string; readonly epoch: bigint; readonly checkpoint: SourceCheckpoint };

type CheckpointRow = Row & {
  epoch: string;
  replay_id: Buffer | null;
  count: string;
  generation: string;
  snapshot_done: boolean;
};

export class SourceCheckpoints {
  readonly #database: Database;

  constructor(database: Database) {
    this.#database = database;
  }

  async lease(source: string): Promise<SourceLease> {
    const [row] = await this.#database.query<CheckpointRow>(
      `INSERT INTO source_checkpoint AS c (source, epoch) VALUES ($1, 1)
       ON CONFLICT (source) DO UPDATE SET epoch = c.epoch + 1 RETURNING epoch, replay_id, count, generation, snapshot_done`,
      [source],
    );
    const { epoch, replay_id: replayId, count, generation, snapshot_done: snapshotDone } = row as CheckpointRow;
    return {
      source,
      epoch: BigInt(epoch),
      checkpoint: { replayId, count: BigInt(count), generation: BigInt(generation), snapshotDone },
    };
  }

  async save(lease: SourceLease, checkpoint: SourceCheckpoint): Promise<void> {
    const { replayId, count, generation, snapshotDone } = checkpoint;
    const rows = await this.#database.query(
      `UPDATE source_checkpoint SET replay_id = $3, count = $4, generation = $5, snapshot_done = $6, saved_at = now()
       WHERE source = $1 AND epoch = $2 RETURNING 1`,
      [lease.source, lease.epoch, replayId, count, generation, snapshotDone],
      'checkpoint_save',
    );
    if (rows.length === 0) {
      throw new StoreError({
        code: 'store.fenced',
        reaction: 'halt',
        message: `another instance reads ${lease.source} now`,
        hint: 'Run one ingester per source; this one stops.',
      });
    }
  }
}
