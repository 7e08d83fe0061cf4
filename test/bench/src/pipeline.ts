/**
 * What is compared: something that carries the rows of one table from a source database to a target database. Every run
 * makes its own databases, topics and processes and removes them at its end, so that nothing of the other side is running,
 * decoding or polling while one is measured.
 */
import type { Pool } from 'pg';

export type Pipeline = {
  readonly name: string;
  readonly source: Pool;
  readonly target: Pool;
  /** Process ids of what belongs to this side alone, by stage; Postgres, Kafka and Connect are counted for both. */
  readonly stages: Readonly<Record<string, number>>;
  /**
   * Resolves when nothing is under way any more: what comes back from the target has been taken in as well. `changes` is
   * how many row changes the source has made since the pipeline began.
   */
  settle(changes: number): Promise<void>;
  /** Topics that carried the rows. */
  topics(): Promise<readonly string[]>;
  stop(): Promise<void>;
};
