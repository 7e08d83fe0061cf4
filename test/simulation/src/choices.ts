/**
 * What happened in a history, as data: who acted, and the chances that were drawn meanwhile. A history that is played from
 * such a script needs no seed, and steps can be taken out of it without shifting the others, which is what makes it shrink.
 */
import { randomFrom } from '@concord/testing';
import type { Random } from '@concord/testing';

export type ScriptStep = { readonly actor: string; readonly draws: readonly number[] };

/** Large enough to answer no to whatever is rare, and to take the most of whatever is waiting. */
const WHEN_NOTHING_IS_WRITTEN = 0.999;

/** Chance from a seed, remembered. */
export class Recorder {
  readonly random: Random;
  #draws: number[] = [];

  constructor(seed: number) {
    const { fraction } = randomFrom(seed);
    this.random = randomOf(() => {
      const drawn = fraction();
      this.#draws.push(drawn);
      return drawn;
    });
  }

  /** What was drawn since the last time. */
  take(): readonly number[] {
    const draws = this.#draws;
    this.#draws = [];
    return draws;
  }
}

/** Chance from a script. */
export class Player {
  readonly random: Random;
  #draws: readonly number[] = [];
  #next = 0;

  constructor() {
    this.random = randomOf(() => this.#draws[this.#next++] ?? WHEN_NOTHING_IS_WRITTEN);
  }

  give(draws: readonly number[]): void {
    this.#draws = draws;
    this.#next = 0;
  }
}

function randomOf(fraction: () => number): Random {
  const below = (limit: number): number => Math.floor(fraction() * limit);
  const pick = <T>(choices: readonly T[]): T => {
    if (choices.length === 0) throw new RangeError('Nothing to pick from');
    return choices[below(choices.length)] as T;
  };
  return { fraction, below, pick, chance: (probability) => fraction() < probability };
}
