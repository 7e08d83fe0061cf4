/** What kind of world a seed makes: systems, fields, rules and faults. Everything about a history follows from its seed. */
import type { EntityRules } from '@concord/core';
import type { Random } from '@concord/testing';
import { drawFields, drawRules, withoutBirths } from './rules.ts';

/** How a field's values look and what users do to them; `stamp` fields are set by the system itself with every save. */
export type FieldKind =
  | 'text'
  | 'short'
  | 'decimal'
  | 'size'
  | 'counter'
  | 'set'
  | 'owned'
  | 'stamp'
  | 'own'
  | 'effective'
  | 'status'
  | 'pinged';

/**
 * What a system tells. A database: whole rows, every write of ours marked. A service: what was written, deletes without
 * mark. `ours`: as a service, but a mark says only that a write is ours. `values`: no marks at all. `polled`: no stream,
 * only rows when asked. `unobserved`: nothing; nobody works there.
 */
export const KINDS = ['database', 'service', 'ours', 'values', 'polled', 'unobserved'] as const;
const KIND_OF: Readonly<Record<string, SystemKind>> = {
  P: 'database',
  R: 'database',
  S: 'service',
  Q: 'service',
  O: 'ours',
  V: 'values',
  N: 'polled',
  U: 'unobserved',
};
export type SystemKind = (typeof KINDS)[number];

export type SystemProfile = {
  readonly name: string;
  readonly kind: SystemKind;
  /** `images`: whole rows, every change of ours marked. `deltas`: changed fields only, deletes without mark. */
  readonly stream: 'images' | 'deltas';
  /** Where progress is kept: in the target's own transactions, or as intents beside it. */
  readonly target: 'transactional' | 'intents';
  /** A trigger adds `!` to field `a` in the same statement; `later` in a second event of the same transaction. */
  readonly trigger: 'none' | 'same' | 'later';
  /**
   * A trigger makes field `l` end with the system's own name: in the same statement, in a second event of the same
   * transaction, or in one that says nothing of ours (a flow that runs later). Two such systems answer each other for ever.
   */
  readonly pings: 'none' | 'same' | 'later' | 'async';
  readonly clockSkewMs: number;
  /** Compares before it writes (S4). */
  readonly guards: boolean;
  /** Marks our writes in its stream (S3). */
  readonly marks: boolean;
  /** Values it refuses, one in so many; 0 for none. */
  readonly refusesOneIn: number;
};

export type WorldOptions = {
  readonly systems: readonly SystemProfile[];
  readonly fields: Readonly<Record<string, FieldKind>>;
  readonly rules: EntityRules;
  readonly records: number;
  readonly edits: number;
  /** How often a user acts while the processes have something to do: from hasty to patient. */
  readonly pace: number;
  readonly crashes: number;
  readonly snapshots: number;
  /** How many of the edits delete the record, 0 for none. */
  readonly deletes: number;
  /** How many answers people give to reviews, before and after the last edit. */
  readonly answers: number;
  /** The first thing has two records until somebody finds out: the first system's, and one that all others share. */
  readonly twins: boolean;
  /** A process that gets its turn once in so many times while there are edits; Infinity is an outage. */
  readonly slow: { readonly actor: string; readonly oneIn: number };
  /** The only system whose users are at work, '' for all. */
  readonly busy: string;
};

const OUTAGE_CHANCE = 0.035;
const STREAMS = {
  database: 'images',
  service: 'deltas',
  ours: 'deltas',
  values: 'deltas',
  polled: 'images',
  unobserved: 'images',
} as const;
const TRIGGERS = { images: ['same', 'later'], deltas: ['same'] } as const;

export function drawOptions(random: Random): WorldOptions {
  const names = random.pick([
    ['P', 'S'],
    ['P', 'S'],
    ['P', 'S', 'Q'],
    ['P', 'R'],
    ['P', random.pick(['O', 'V', 'N'])],
    ['P', 'S', random.pick(['O', 'V', 'N', 'U'])],
    ['P', 'R', 'Q', random.pick(['O', 'N', 'U'])],
  ]);
  const systems = drawPings(
    random,
    names.map((name) => drawSystem(random, name)),
  );
  const twins = random.chance(TWINS_CHANCE) && systems.every(({ pings }) => pings === 'none');
  const fields = drawFields(random, systems);
  const drawn = drawRules(random, systems, fields);
  const rules = twins ? withoutBirths(drawn) : drawn;
  return {
    twins,
    systems,
    fields,
    rules,
    records: random.pick([1, 1, 2, 4]),
    edits: 2 + random.below(12),
    pace: random.pick([0.4, 0.15, 0.06]),
    crashes: random.pick([0, 0, 1, 4]),
    // Only here may a row that is read hide in the stream what became of a create of ours.
    snapshots: random.pick(names.includes('V') ? [0, 2, 4] : [0, 0, 0, 2]),
    deletes: random.pick([0, 0, 0.2, 0.4]),
    answers: random.pick([0, 4, 30, 30]),
    ...(fields['l'] === undefined ? {} : { snapshots: 0, answers: random.pick([0, 2]) }),
    ...(twins ? { records: 1, deletes: 0, answers: 0 } : {}),
    slow: drawSlow(random, random.pick(names)),
    busy: '',
    ...(random.chance(OUTAGE_CHANCE) ? outageOf(names[1] ?? 'S') : {}),
  };
}

function drawSlow(random: Random, system: string): WorldOptions['slow'] {
  const actor = random.pick(['', '', `ingester of ${system}`, `writer to ${system}`, 'resolver of partition 0']);
  return { actor, oneIn: 8 };
}

/** One system's stream is silent for so long that what was written to it piles up without echo. */
function outageOf(system: string): Partial<WorldOptions> {
  const slow = { actor: `${system === 'N' ? 'poller' : 'ingester'} of ${system}`, oneIn: Infinity };
  return { slow, busy: 'P', records: 1, edits: 60, pace: 0.05, snapshots: 0, deletes: 0 };
}

function drawSystem(random: Random, name: string): SystemProfile {
  const kind = KIND_OF[name] ?? 'service';
  const stream = STREAMS[kind];
  // Without marks an answer to our write cannot be told from an edit, and nobody hears what an unobserved system does.
  const hasTrigger = name !== 'P' && ['database', 'service', 'ours'].includes(kind) && random.chance(0.4);
  const trigger = hasTrigger ? random.pick(TRIGGERS[stream]) : 'none';
  const clockSkewMs = random.pick([0, 0, random.below(400) - 200]);
  return {
    name,
    kind,
    stream,
    target: stream === 'images' ? 'transactional' : 'intents',
    trigger,
    pings: 'none',
    clockSkewMs,
    guards: true,
    marks: true,
    refusesOneIn: name !== 'P' && random.chance(0.15) ? 4 : 0,
  };
}

const TWINS_CHANCE = 0.06;

const PING_CHANCE = 0.05;
const PINGS = { images: ['same', 'later', 'async'], deltas: ['same', 'async'] } as const;

/** Now and then two systems answer each other for ever. Only where our writes are named is that more than a guess. */
function drawPings(random: Random, systems: readonly SystemProfile[]): readonly SystemProfile[] {
  if (!random.chance(PING_CHANCE) || !systems.every((system) => namesCommands(system))) return systems;
  return systems.map((system, index) => (index < 2 ? { ...system, pings: random.pick(PINGS[system.stream]) } : system));
}

/** Every write of ours comes back with its command. Where not, equal values cannot be told apart. */
export function namesCommands({ kind }: SystemProfile): boolean {
  return kind !== 'ours' && kind !== 'values' && kind !== 'polled';
}

/** Rows that are read beside a stream, or instead of one, hide what happened between two of them. */
export function readsRows({ snapshots, systems }: WorldOptions): boolean {
  return snapshots > 0 || systems.some(({ kind }) => kind === 'polled');
}
