/**
 * Records of which nothing came but "executed as meant". That can wait: the echo that follows says the same and more, so the
 * record is touched once for both instead of twice. It is held until something else about the record comes, or for so long
 * that the echo must be late; where nobody listens to the system no echo comes, and outcomes are merely gathered.
 *
 * Held outcomes are not committed: `floor` says where reading has to begin again, so a crash only brings them back (I8).
 */
import type { RecordIntake } from './intake.ts';

type Entry = { record: RecordIntake; readonly from: bigint; readonly dueAt: number };

const UNTIL_ECHO_MS = 2_000;
const UNTIL_GATHERED_MS = 100;
/** What is due within this time is taken along, so that the rest is looked through a few times a second only. */
const TAKEN_ALONG_MS = 50;
/** Some 10 MB; what is beyond is decided at once, oldest first. */
const HELD_MAX = 20_000;

export class HeldOutcomes {
  /** By partition and record, in the order in which they were read. */
  readonly #held = new Map<number, Map<string, Entry>>();
  /** Records that changed while a command was under way: its outcome frees the way for the next one. */
  readonly #urgent = new Set<string>();
  #count = 0;
  /** Nothing is due before. */
  #dueFrom = Infinity;

  /** Whether the record can wait; `hasEcho` tells of a system whether its stream will bring the echo. */
  hold(record: RecordIntake, hasEcho: (system: string) => boolean, now: number): boolean {
    const { recordId, partition, outcomesFrom, inputs } = record;
    if (outcomesFrom === null || this.#urgent.has(recordId)) return false;
    let waitMs = UNTIL_ECHO_MS;
    for (const input of inputs) {
      if (input.kind !== 'outcome' || input.result !== 'applied') return false;
      if (!hasEcho(input.system)) waitMs = UNTIL_GATHERED_MS;
    }
    let held = this.#held.get(partition);
    if (held === undefined) this.#held.set(partition, (held = new Map()));
    held.set(recordId, { record, from: outcomesFrom, dueAt: now + waitMs });
    this.#count += 1;
    this.#dueFrom = Math.min(this.#dueFrom, now + waitMs);
    return true;
  }

  /** The record with what was held of it in front; it is held no longer. */
  join(record: RecordIntake): RecordIntake {
    const held = this.#held.get(record.partition)?.get(record.recordId);
    if (held === undefined) return record;
    this.#remove(held.record);
    return { ...record, inputs: [...held.record.inputs, ...record.inputs] };
  }

  /** What has been held for long enough, or is too much; it is held no longer. */
  takeDue(now: number): RecordIntake[] {
    const due: RecordIntake[] = [];
    if (now < this.#dueFrom && this.#count <= HELD_MAX) return due;
    this.#dueFrom = Infinity;
    for (const held of this.#held.values()) {
      for (const { record, dueAt } of held.values()) {
        if (dueAt <= now + TAKEN_ALONG_MS || this.#count > HELD_MAX) {
          this.#remove(record);
          due.push(record);
        } else this.#dueFrom = Math.min(this.#dueFrom, dueAt);
      }
    }
    return due;
  }

  /** How long until something can be due, ms; Infinity when nothing is held. */
  waitMs(now: number): number {
    return this.#count === 0 ? Infinity : Math.max(0, this.#dueFrom - now);
  }

  /** The offset of the oldest outcome that is held of a partition. */
  floor(partition: number): bigint | null {
    for (const { from } of this.#held.get(partition)?.values() ?? []) return from;
    return null;
  }

  /** Whether the next outcome of a record has to be decided as soon as it comes. */
  setUrgent(recordId: string, isUrgent: boolean): void {
    if (isUrgent) this.#urgent.add(recordId);
    else this.#urgent.delete(recordId);
  }

  /** Partitions are read anew, or by somebody else. */
  clear(): void {
    this.#held.clear();
    this.#urgent.clear();
    this.#count = 0;
    this.#dueFrom = Infinity;
  }

  #remove({ partition, recordId }: RecordIntake): void {
    const held = this.#held.get(partition);
    if (held?.delete(recordId) !== true) return;
    this.#count -= 1;
    if (held.size === 0) this.#held.delete(partition);
  }
}
