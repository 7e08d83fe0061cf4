/**
 * Tells how much waits for a person, a few times a minute and beside everything else: a look that fails is made again, and
 * nothing waits for it. Every instance tells the number of the whole installation.
 */
type Parts = {
  readonly count: () => Promise<number>;
  readonly tell: (count: number) => void;
  readonly now: () => number;
};

const LOOK_EVERY_MS = 10_000;

export class OpenReviews {
  readonly #parts: Parts;
  #nextAt = 0;

  constructor(parts: Parts) {
    this.#parts = parts;
  }

  /** Called with every poll, also an empty one. */
  look(): void {
    const { count, tell, now } = this.#parts;
    if (now() < this.#nextAt) return;
    this.#nextAt = now() + LOOK_EVERY_MS;
    count().then(tell, () => undefined);
  }
}
