/**
 * Chance from a seed: the same seed gives the same history on every machine, so a failure is a number that anybody can
 * replay. The generator is the well-known 32-bit "mulberry" mix: small, fast, and good enough to choose what happens next.
 */
export type Random = {
  /** In [0, 1). */
  readonly fraction: () => number;
  /** An integer in [0, below). */
  readonly below: (limit: number) => number;
  readonly chance: (probability: number) => boolean;
  readonly pick: <T>(choices: readonly T[]) => T;
};

export function randomFrom(seed: number): Random {
  let state = seed | 0;
  const fraction = (): number => {
    state = (state + 0x6d2b79f5) | 0;
    let mixed = Math.imul(state ^ (state >>> 15), 1 | state);
    mixed = (mixed + Math.imul(mixed ^ (mixed >>> 7), 61 | mixed)) ^ mixed;
    return ((mixed ^ (mixed >>> 14)) >>> 0) / 0x1_0000_0000;
  };
  const below = (limit: number): number => Math.floor(fraction() * limit);
  const pick = <T>(choices: readonly T[]): T => {
    if (choices.length === 0) throw new RangeError('Nothing to pick from');
    return choices[below(choices.length)] as T;
  };
  return { fraction, below, pick, chance: (probability) => fraction() < probability };
}
