/** The rules of a world: what each system may do with each field, and which policy answers where edits meet. */
import type { EntityRules, FieldAccess, FieldPolicy, FieldType, SystemRules, TargetEdit } from '@concord/core';
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
  owned: FINE,
  stamp: FINE,
};
const COARSE_TYPES: Record<FieldKind, FieldType> = {
  ...FINE_TYPES,
  short: { kind: 'string', lengthMax: 6 },
  decimal: MONEY,
  size: MONEY,
  counter: MONEY,
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

/** Which fields a world has, by their kinds. */
export function drawFields(random: Random): WorldOptions['fields'] {
  const fields: Record<string, FieldKind> = { a: 'text' };
  if (random.chance(0.5)) fields['b'] = random.pick(['text', 'short']);
  if (random.chance(0.3)) fields['n'] = 'decimal';
  if (random.chance(0.15)) fields['x'] = 'size';
  if (random.chance(0.2)) fields['c'] = 'counter';
  if (random.chance(0.2)) fields['s'] = 'set';
  if (random.chance(0.2)) Object.assign(fields, { g: 'text', h: random.pick(['text', 'short']) });
  if (random.chance(0.25)) fields['o'] = 'owned';
  if (random.chance(0.25)) fields['m'] = 'stamp';
  return fields;
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
      ([field, kind]) => [field, accessOf(kind, { name, keepsStamp: name === names[1], targetEdit })] as const,
    );
    return [name, systemRules(Object.fromEntries(accesses), traitsOf(systemKind))] as const;
  });
  return {
    entity: 'things',
    fields: Object.fromEntries(fields),
    systems: Object.fromEntries(systemsRules),
    ...drawGroups(random, kinds),
    deletePolicy: random.pick(['delete_wins', 'delete_wins', 'delete_wins', 'update_wins', 'update_wins', 'manual']),
  };
}

/** A street and a city, and now and then the fields on which triggers and refusals work, too. */
function drawGroups(random: Random, kinds: WorldOptions['fields']): Pick<EntityRules, 'groups'> {
  const groups: Record<string, readonly string[]> = {};
  if (kinds['g'] !== undefined)
    groups['address'] = random.pick([
      ['g', 'h'],
      ['h', 'g'],
    ]);
  if (kinds['b'] !== undefined && random.chance(0.15)) groups['name'] = ['a', 'b'];
  return Object.keys(groups).length === 0 ? {} : { groups };
}

function drawPolicy(random: Random, kind: FieldKind, names: readonly string[]): FieldPolicy {
  if (kind === 'counter') return { kind };
  if (kind === 'set') return { kind: random.pick(['set_delta', 'set_union']) };
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
    { kind: 'manual' },
  ]);
}

function traitsOf(kind: SystemKind): Partial<SystemRules> {
  if (kind === 'database') return { deletesMarked: true };
  if (kind === 'unobserved') return { unobserved: true };
  return kind === 'service' ? {} : { echoes: kind };
}

type Place = { readonly name: string; readonly keepsStamp: boolean; readonly targetEdit: TargetEdit };

function accessOf(kind: FieldKind, { name, keepsStamp, targetEdit }: Place): FieldAccess {
  const type = (name === 'P' ? FINE_TYPES : COARSE_TYPES)[kind];
  if (kind === 'owned') return name === 'P' ? access({ type }) : access({ type, read: false, targetEdit });
  if (kind !== 'stamp') return access({ type });
  // The second system maintains the stamp; the others only show it.
  return keepsStamp ? access({ type, write: false }) : access({ type, read: false, targetEdit: 'reported' });
}
