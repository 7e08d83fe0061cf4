/** The rules of a world: what each system may do with each field, and which policy answers where edits meet. */
import type {
  EffectiveRule,
  EntityRules,
  FieldAccess,
  FieldPolicy,
  FieldRules,
  FieldType,
  LoopPrevention,
  RecordOwnership,
  SystemRules,
  TargetEdit,
} from '@concord/core';
import { access, systemRules } from '@concord/testing';
import type { Random } from '@concord/testing';
import type { FieldKind, SystemKind, SystemProfile, WorldOptions } from './options.ts';

const FINE: FieldType = { kind: 'string' };
const MONEY_FINE: FieldType = { kind: 'decimal', scale: 4 };
const MONEY: FieldType = { kind: 'decimal', scale: 2 };
const FINE_TYPES: Record<FieldKind, FieldType> = {
  text: FINE,
  short: FINE,
  decimal: MONEY_FINE,
  size: MONEY_FINE,
  counter: MONEY_FINE,
  set: { kind: 'set' },
  own: MONEY_FINE,
  effective: MONEY_FINE,
  status: FINE,
  pinged: FINE,
  owned: FINE,
  stamp: FINE,
};
const COARSE_TYPES: Record<FieldKind, FieldType> = {
  ...FINE_TYPES,
  short: { kind: 'string', lengthMax: 6 },
  decimal: MONEY,
  size: MONEY,
  counter: MONEY,
  own: MONEY,
  effective: MONEY,
  set: { kind: 'set', emptyIsNull: true },
};

/** Kinds of fields whose edits are merged: of these a judge of their own tells what must come of them. */
export function isMerged(kind: FieldKind | undefined): boolean {
  return kind === 'counter' || kind === 'set';
}

/** Whether anything may have to wait for a person. */
export function canBeReviewed({ fields, deletePolicy, loopPrevention }: EntityRules): boolean {
  const isAsked = deletePolicy === 'manual' || loopPrevention !== undefined;
  return isAsked || Object.values(fields).some(({ policy }) => policy.kind === 'manual');
}

/** Whether edits of the field flow out of the system. */
export function isSource({ rules }: Pick<WorldOptions, 'rules'>, system: string, field: string): boolean {
  const isOthers = Object.entries(rules.fields).some(([effective, { policy }]) => {
    if (policy.kind !== 'paired') return false;
    return effective === field || (Object.values(policy.own).includes(field) && policy.own[system] !== field);
  });
  return !isOthers && (rules.systems[system]?.fields[field]?.read ?? false);
}

/** Which fields a world has, by their kinds. */
export function drawFields(random: Random, systems: readonly SystemProfile[]): WorldOptions['fields'] {
  const fields: Record<string, FieldKind> = { a: 'text' };
  if (random.chance(0.5)) fields['b'] = random.pick(['text', 'short']);
  if (random.chance(0.3)) fields['n'] = 'decimal';
  if (random.chance(0.15)) fields['x'] = 'size';
  if (random.chance(0.2)) fields['c'] = 'counter';
  if (random.chance(0.2)) fields['s'] = 'set';
  if (random.chance(0.2)) Object.assign(fields, { g: 'text', h: random.pick(['text', 'short']) });
  if (random.chance(0.25)) fields['o'] = 'owned';
  if (random.chance(0.25)) fields['m'] = 'stamp';
  if (systems.some(({ pings }) => pings !== 'none')) fields['l'] = 'pinged';
  if (random.chance(0.12)) fields['k'] = 'status';
  if (random.chance(0.15)) {
    fields['e'] = 'effective';
    for (const { name, kind } of systems) if (kind !== 'unobserved') fields[ownField(name)] = 'own';
  }
  return fields;
}

/** The own field of a system beside the effective one. */
function ownField(system: string): string {
  return `e${system}`;
}

export function drawRules(
  random: Random,
  systems: readonly SystemProfile[],
  kinds: WorldOptions['fields'],
): EntityRules {
  const names = systems.map(({ name }) => name);
  const targetEdit: TargetEdit = random.pick(['overwritten', 'kept', 'reported']);
  const fields = Object.entries(kinds).map(([field, kind]) => {
    return [field, { type: FINE_TYPES[kind], policy: drawPolicy(random, kind, names) }] as const;
  });
  const systemsRules = systems.map(({ name, kind: systemKind }) => {
    const accesses = Object.entries(kinds).map(
      ([field, kind]) => [field, accessOf(kind, { name, field, keepsStamp: name === names[1], targetEdit })] as const,
    );
    return [name, systemRules(Object.fromEntries(accesses), traitsOf(systemKind))] as const;
  });
  return {
    entity: 'things',
    fields: Object.fromEntries(fields),
    systems: Object.fromEntries(systemsRules),
    ...drawGroups(random, kinds),
    ...(kinds['l'] === undefined && random.chance(0.8) ? {} : { loopPrevention: drawLoopPrevention(random) }),
    ...(kinds['k'] === undefined ? {} : { ownership: drawOwnership(random, names) }),
    deletePolicy: random.pick(['delete_wins', 'delete_wins', 'delete_wins', 'update_wins', 'update_wins', 'manual']),
  };
}

function drawLoopPrevention(random: Random): LoopPrevention {
  return { maxUpdates: random.pick([2, 3, 5]), windowMs: 1_000_000 };
}

const STATUSES_MAX = 45;

/** Two owners by the number of the status; every third status is nobody's. */
function drawOwnership(random: Random, names: readonly string[]): RecordOwnership {
  const statuses = Array.from({ length: STATUSES_MAX }, (_, index) => `K${index + 1}`);
  const rules = names.slice(0, 2).map((owner, index) => {
    const own = statuses.filter((_, number) => number % 3 === index + 1);
    return { when: { field: 'k', in: own }, owner };
  });
  return { rules, targetEdit: random.pick(['overwritten', 'kept', 'reported']) };
}

/** A street and a city, and now and then the fields on which triggers and refusals work, too. */
function drawGroups(random: Random, kinds: WorldOptions['fields']): Pick<EntityRules, 'groups'> {
  const groups: Record<string, readonly string[]> = {};
  if (kinds['g'] !== undefined)
    groups['address'] = random.pick([
      ['g', 'h'],
      ['h', 'g'],
    ]);
  if (kinds['b'] !== undefined && random.chance(0.25)) groups['name'] = ['a', 'b'];
  return Object.keys(groups).length === 0 ? {} : { groups };
}

/**
 * For things that two systems came to know by themselves: nobody creates a copy elsewhere (else each system would hold two),
 * and nothing waits for a person or has an owner, which is judged by what is known of one record.
 */
export function withoutBirths({ ownership: _none, loopPrevention: _neither, ...rules }: EntityRules): EntityRules {
  const systems = Object.entries(rules.systems).map(
    ([name, own]) => [name, { ...own, writeExistence: false }] as const,
  );
  const fields = Object.entries(rules.fields).map(([name, own]): [string, FieldRules] => {
    return [name, own.policy.kind === 'manual' ? { ...own, policy: { kind: 'last_write_wins' } } : own];
  });
  return {
    ...rules,
    deletePolicy: 'delete_wins',
    fields: Object.fromEntries(fields),
    systems: Object.fromEntries(systems),
  };
}

function drawPolicy(random: Random, kind: FieldKind, names: readonly string[]): FieldPolicy {
  if (kind === 'counter') return { kind };
  if (kind === 'set') return { kind: random.pick(['set_delta', 'set_union']) };
  if (kind === 'own') return { kind: 'last_write_wins' };
  if (kind === 'effective') return drawPaired(random, names);
  if (kind === 'size') return { kind: random.pick(['max', 'min']) };
  const order = random.chance(0.5) ? names : names.toReversed();
  return random.pick<FieldPolicy>([
    { kind: 'last_write_wins' },
    { kind: 'last_write_wins' },
    {
      kind: 'last_write_wins',
      skewBoundMs: 20 + random.below(200),
      ...(random.chance(0.5) ? { tieBreak: order } : {}),
    },
    { kind: 'field_level_priority', system: random.pick(names) },
    { kind: 'source_priority', order: random.chance(0.7) ? order : order.slice(0, 1) },
    // Nobody but its own system can say what is in a stamp.
    { kind: kind === 'stamp' || kind === 'pinged' ? 'last_write_wins' : 'manual' },
  ]);
}

function drawPaired(random: Random, names: readonly string[]): FieldPolicy {
  const own = names.filter((name) => name !== 'U').map((name) => [name, ownField(name)] as const);
  const effective = random.pick<EffectiveRule>([
    { kind: 'last_write_wins' },
    { kind: 'source_priority', order: random.chance(0.5) ? names : names.toReversed() },
    { kind: 'max' },
    { kind: 'min' },
  ]);
  return { kind: 'paired', own: Object.fromEntries(own), effective };
}

function traitsOf(kind: SystemKind): Partial<SystemRules> {
  if (kind === 'database') return { deletesMarked: true };
  if (kind === 'unobserved') return { unobserved: true };
  if (kind === 'service') return {};
  return kind === 'ours' ? { echoes: kind, deletesMarked: true } : { echoes: kind };
}

type Place = {
  readonly name: string;
  readonly field: string;
  readonly keepsStamp: boolean;
  readonly targetEdit: TargetEdit;
};

function accessOf(kind: FieldKind, { name, field, keepsStamp, targetEdit }: Place): FieldAccess {
  const type = (name === 'P' ? FINE_TYPES : COARSE_TYPES)[kind];
  if (kind === 'owned') return name === 'P' ? access({ type }) : access({ type, read: false, targetEdit });
  const isOthers = kind === 'effective' || (kind === 'own' && field !== ownField(name));
  // Whatever the accesses say, what is paired is only its system's to say.
  if (isOthers) return access({ type, read: name === 'P', targetEdit });
  if (kind !== 'stamp') return access({ type });
  // The second system maintains the stamp; the others only show it.
  return keepsStamp ? access({ type, write: false }) : access({ type, read: false, targetEdit: 'reported' });
}
