/**
 * How fast one core decides and how much is stored: npm run bench:core
 *
 * Each story runs on records of ten fields, once with the state kept and once as in production (decode, step, encode). The
 * measure is CPU time, not time on the clock, and the median of short slices, so that a busy machine shows less; young and
 * old records take turns for the same reason. Neither speed nor bytes may depend on how long a record has lived: each story
 * is measured after 10 and after 10,000 changes. Ends with one line of JSON.
 */
import { encodeState } from '../src/index.ts';
import { Life } from './life.ts';
import type { Story } from './life.ts';

const YOUNG = 10;
const OLD = 10_000;
const SLICES = 9;
const SLICE_MS = 80;
const FIVE = ['P', 'S', 'Q', 'R', 'T'];
const PLAIN = { type: { kind: 'string' }, policy: { kind: 'last_write_wins' } } as const;

const STORIES: readonly Story[] = [
  { title: 'fast-forward, 2 systems', systems: ['P', 'S'], editors: ['P'], ...PLAIN },
  { title: 'conflict each time, 2 systems', systems: ['P', 'S'], editors: ['P', 'S'], ...PLAIN },
  { title: 'fast-forward, 5 systems', systems: FIVE, editors: ['P'], ...PLAIN },
  {
    title: 'counter at both sides, 2 systems',
    systems: ['P', 'S'],
    editors: ['P', 'S'],
    type: { kind: 'integer' },
    policy: { kind: 'counter' },
  },
];

type Figures = {
  readonly story: string;
  readonly stored: boolean;
  readonly eventsPerSecond: number;
  readonly eventsPerSecondOld: number;
  readonly bytes: number;
  readonly bytesOld: number;
};

function measure(story: Story, isStored: boolean): Figures {
  const old = lifeOf(story, isStored, OLD);
  const bytesOld = encodeState(old.state).length;
  const bytes = encodeState(lifeOf(story, isStored, YOUNG).state).length;
  const speeds = { young: [] as number[], old: [] as number[] };
  for (let slice = 0; slice < SLICES; slice++) {
    speeds.young.push(eventsPerSecond(() => youngLife(story, isStored)));
    speeds.old.push(eventsPerSecond(() => [old, () => old.edit()]));
  }
  return {
    story: story.title,
    stored: isStored,
    eventsPerSecond: medianOf(speeds.young),
    eventsPerSecondOld: medianOf(speeds.old),
    bytes,
    bytesOld,
  };
}

/** A record that begins anew after some changes: it never gets old. */
function youngLife(story: Story, isStored: boolean): readonly [{ readonly inputs: number }, () => void] {
  const done = { inputs: 0 };
  const begin = (): void => {
    const life = lifeOf(story, isStored, YOUNG);
    done.inputs += life.inputs;
  };
  return [done, begin];
}

function lifeOf(story: Story, isStored: boolean, changes: number): Life {
  const life = new Life(story, isStored);
  for (let change = 0; change < changes; change++) life.edit();
  return life;
}

function eventsPerSecond(prepare: () => readonly [{ readonly inputs: number }, () => void]): number {
  const [done, run] = prepare();
  const [before, started] = [done.inputs, process.cpuUsage()];
  let usedMs = 0;
  while (usedMs < SLICE_MS) {
    for (let round = 0; round < 20; round++) run();
    const { user, system } = process.cpuUsage(started);
    usedMs = (user + system) / 1000;
  }
  return ((done.inputs - before) / usedMs) * 1000;
}

function medianOf(numbers: readonly number[]): number {
  return Math.round(numbers.toSorted((left, right) => left - right)[Math.floor(numbers.length / 2)] ?? 0);
}

function row(cells: readonly (string | number)[]): string {
  return cells.map((cell, index) => (index === 0 ? String(cell).padEnd(48) : String(cell).padStart(13))).join('');
}

console.log(
  `Inputs (edits, outcomes, echoes) per second on one core, bytes of state; ${YOUNG} and ${OLD} changes old.\n`,
);
console.log(row(['', 'young /s', 'old /s', 'young bytes', 'old bytes']));
const results: Figures[] = [];
for (const isStored of [false, true]) {
  for (const story of STORIES) {
    const figures = measure(story, isStored);
    results.push(figures);
    const title = `${story.title}${isStored ? ', decoded and encoded' : ''}`;
    console.log(row([title, figures.eventsPerSecond, figures.eventsPerSecondOld, figures.bytes, figures.bytesOld]));
  }
}
console.log(`\n${JSON.stringify({ bench: 'core', node: process.version, changes: [YOUNG, OLD], results })}`);
