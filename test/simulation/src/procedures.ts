/**
 * What the processes between the systems promise (design section 5), each promise as a switch, so that a world can be run
 * in which one of them is broken. `SOUND` is how production works; everything else is a planted defect.
 */
export type Procedures = {
  /** The store refuses the commit of an owner that was replaced meanwhile. */
  readonly fences: boolean;
  /** At revoke, what was read is decided and committed before its offsets are given up. */
  readonly drains: boolean;
  /** States and offsets change in one commit. */
  readonly commitsOffsetsWithStates: boolean;
  /** Commands leave only after the commit that decided them. */
  readonly commitsBeforePublishing: boolean;
  /** The outbox of the last commit is published again by whoever takes the partition over. */
  readonly republishes: boolean;
  /** What is published again keeps its sequence. */
  readonly keepsSequences: boolean;
  /** The place in the source's stream is kept only after the changes before it are durable in the topic. */
  readonly checkpointsAfterPublishing: boolean;
  /** A writer looks at the target's progress before it executes. */
  readonly dedupes: boolean;
  /** Commands that were read again get the outcome that they had. */
  readonly remembersOutcomes: boolean;
  /** Outcomes are published before the offset moves. */
  readonly tellsBeforeOffset: boolean;
  /** A write whose reply was lost is looked up before it is sent again. */
  readonly looksUp: boolean;
  /** The look-up sees deleted rows, too. */
  readonly looksUpDeleted: boolean;
  /** A row that is refused does not take the rows beside it along. */
  readonly isolatesRows: boolean;
};

export const SOUND: Procedures = {
  fences: true,
  drains: true,
  commitsOffsetsWithStates: true,
  commitsBeforePublishing: true,
  republishes: true,
  keepsSequences: true,
  checkpointsAfterPublishing: true,
  dedupes: true,
  remembersOutcomes: true,
  tellsBeforeOffset: true,
  looksUp: true,
  looksUpDeleted: true,
  isolatesRows: true,
};
