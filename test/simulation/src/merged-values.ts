/** What users do to counters and sets: they count up and down, put elements in and take some out. */
import type { Value } from '@concord/core';
import type { Random } from '@concord/testing';
import type { FieldKind, SystemProfile } from './options.ts';
import { elementsOf, stored } from './values.ts';

export type Scene = {
  readonly profile: SystemProfile;
  /** What the user sees in the field, and what stood there before. */
  readonly seen: Value;
  readonly earlier: readonly Value[];
  /** Users may come back to a value that stood there before. */
  readonly canGoBack: boolean;
  readonly serial: number;
};

export function changedValue(random: Random, kind: FieldKind, scene: Scene): Value {
  const value = kind === 'counter' ? counted(random, scene) : rearranged(random, scene);
  return stored(scene.profile, kind, value);
}

/** Where our writes are known by their values alone, no two sums may be equal by chance. */
function counted(random: Random, { profile, seen, canGoBack }: Scene): string {
  const sign = random.chance(0.3) ? -1 : 1;
  const digits = profile.name === 'P' ? 10_000 : 100;
  const step = canGoBack && random.chance(0.6) ? random.pick([1, 1, 2]) : (1 + random.below(1e8)) / digits;
  return String(Math.round((Number(seen ?? 0) + sign * step) * digits) / digits);
}

function rearranged(random: Random, { profile, seen, earlier, canGoBack, serial }: Scene): string {
  const elements = elementsOf(seen);
  const roll = random.fraction();
  const gone = canGoBack ? earlier.flatMap((value) => elementsOf(value)).filter((one) => !elements.includes(one)) : [];
  if (roll < 0.1 && gone.length > 0) return JSON.stringify([...elements, random.pick(gone)]);
  const taken = roll < 0.45 && elements.length > 0 ? random.pick(elements) : null;
  // Without going back, what is left is never what stood there before.
  const put = taken === null || !canGoBack || roll < 0.15 ? [`${profile.name}${serial}`] : [];
  return JSON.stringify([...elements.filter((element) => element !== taken), ...put]);
}
