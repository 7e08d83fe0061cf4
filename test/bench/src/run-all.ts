/** The order of the runs: the rival's settings first if asked, then rounds in which every side runs once, in turning order. */
import type { Platform } from '@concord/platform';
import { startConcord } from './concord.ts';
import { measureRun, type Run } from './measure.ts';
import type { Options, Side } from './options.ts';
import type { Pipeline } from './pipeline.ts';
import { rivalSettingsTried, rivalSettingsUsual, startRival, type RivalSettings } from './rival.ts';
import { summaryOf } from './summary.ts';

export type Runs = { rivalSettings: RivalSettings; tried: readonly Run[]; runs: Record<Side, Run[]> };

export async function runAll(platform: Platform, options: Options): Promise<Runs> {
  let count = 0;
  const one = async (start: (run: number) => Promise<Pipeline>): Promise<Run> => {
    const pipeline = await start((count += 1));
    try {
      const run = await measureRun(platform, pipeline, options);
      process.stdout.write(`${summaryOf(run)}\n`);
      return run;
    } finally {
      await pipeline.stop();
    }
  };
  const tried: Run[] = [];
  if (options.tunesRival) {
    for (const settings of rivalSettingsTried) tried.push(await one((run) => startRival(platform, run, settings)));
  }
  const rivalSettings = bestOf(tried) ?? rivalSettingsUsual;
  const start = (side: Side) => (run: number) =>
    side === 'rival'
      ? startRival(platform, run, rivalSettings)
      : startConcord(platform, { run, direction: side, profiles: options.profiles });
  const runs: Record<Side, Run[]> = { rival: [], 'one-way': [], 'two-way': [] };
  for (let pair = 0; pair < options.pairs; pair += 1) {
    // Whoever runs later meets warmer programs and a fuller disk: each side takes each place in turn.
    const order = pair % 2 === 0 ? options.sides : options.sides.toReversed();
    for (const side of order) runs[side].push(await one(start(side)));
  }
  return { rivalSettings, tried, runs };
}

/** By inserts: what a sink is built for. */
function bestOf(tried: readonly Run[]): RivalSettings | undefined {
  const [best] = tried
    .map((run, index) => ({ rowsPerSecond: run.insert.rowsPerSecond, settings: rivalSettingsTried[index] }))
    .toSorted((a, b) => b.rowsPerSecond - a.rowsPerSecond);
  return best?.settings;
}
