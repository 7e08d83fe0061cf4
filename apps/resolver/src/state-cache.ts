/**
 * States as they were last committed, decoded. A change is followed by its outcome and its echo within moments, so most states
 * are needed again while they are here. Only an owner of the partition may use them: whoever takes partitions over, loses
 * them or does not know what became of a commit begins with an empty cache.
 */
import type { RecordState } from '@concord/core';

type Cached = { readonly state: RecordState; readonly size: number };

export class StateCache {
  /** Least recently used first. */
  readonly #cached = new Map<string, Cached>();
  readonly #sizeMax: number;
  #size = 0;

  /** `sizeMax` in characters of the stored form; decoded, a state takes about ten bytes for each. */
  constructor(sizeMax: number) {
    this.#sizeMax = sizeMax;
  }

  get(recordId: string): RecordState | undefined {
    return this.#cached.get(recordId)?.state;
  }

  set(recordId: string, state: RecordState, size: number): void {
    this.#delete(recordId);
    this.#cached.set(recordId, { state, size });
    this.#size += size;
    for (const oldest of this.#cached.keys()) {
      if (this.#size <= this.#sizeMax) return;
      this.#delete(oldest);
    }
  }

  clear(): void {
    this.#cached.clear();
    this.#size = 0;
  }

  #delete(recordId: string): void {
    this.#size -= this.#cached.get(recordId)?.size ?? 0;
    this.#cached.delete(recordId);
  }
}
