/** A history from its seed, and the same again from the script of what happened in it. */
import { randomFrom } from '@concord/testing';
import type { Decision } from '@concord/core';
import type { Violation } from './auditor.ts';
import { Player, Recorder } from './choices.ts';
import type { ScriptStep } from './choices.ts';
import { drawOptions } from './options.ts';
import type { WorldOptions } from './options.ts';
import type { Procedures } from './procedures.ts';
import { World } from './world.ts';
import type { Actor, Story } from './world.ts';

export type History = { readonly seed: number; readonly violations: readonly Violation[]; readonly restShare: number };

export type Script = { readonly options: WorldOptions; readonly steps: readonly ScriptStep[] };

export type HistoryOptions = {
  readonly procedures?: Procedures;
  readonly story?: Story;
  /** Told every decision of a world. */
  readonly observe?: (options: WorldOptions) => (decision: Decision) => void;
  /** Makes a world in which something that the core takes for granted does not hold. */
  readonly alter?: (options: WorldOptions) => WorldOptions;
};

/** What a history is played with again. */
export type Replayed = Pick<HistoryOptions, 'procedures' | 'story'>;

export function runHistory(seed: number, how: HistoryOptions = {}): History {
  const random = randomFrom(seed);
  const { alter, observe, ...needs } = how;
  const drawn = drawOptions(random);
  const options = alter === undefined ? drawn : alter(drawn);
  const observed = observe === undefined ? {} : { onDecision: observe(options) };
  const world = new World({ options, random, ...needs, ...observed });
  guarded(world, () => world.run());
  return { seed, violations: world.violations, restShare: world.restShare };
}

/** The very history of the seed, written down. */
export function recordHistory(seed: number, how: Replayed = {}): Script {
  const recorder = new Recorder(seed);
  const options = drawOptions(recorder.random);
  const steps: ScriptStep[] = [];
  const world = new World({ options, random: recorder.random, ...how });
  const begins = (): void => void recorder.take();
  const ends = ({ name }: Actor): void => void steps.push({ actor: name, draws: recorder.take() });
  guarded(world, () => world.run({ begins, ends }));
  return { options, steps };
}

/** Plays what is written as far as it is possible, then lets the world come to rest without any further chance. */
export function playScript({ options, steps }: Script, how: Replayed = {}): readonly Violation[] {
  const player = new Player();
  const world = new World({ options, random: player.random, ...how });
  const actors = new Map(world.actors.map((actor) => [actor.name, actor]));
  guarded(world, () => {
    for (const { actor: name, draws } of steps) {
      player.give(draws);
      const actor = actors.get(name);
      if (actor?.isReady() === true) world.act(actor);
    }
    player.give([]);
    world.settle();
  });
  return world.violations;
}

/** An error is a violation like any other: nothing in a history may throw. */
function guarded(world: World, run: () => void): void {
  try {
    run();
  } catch (error) {
    world.auditor.report('threw', error instanceof Error ? (error.stack ?? error.message) : String(error));
  }
}
