/**
 * The rules of an entity in the form in which the hot path walks them. Compiling is pure and remembered per rules object,
 * so that callers hand over the same `EntityRules` again and again without thinking of it.
 */
import { compileOwnership } from './ownership.ts';
import type { CompiledOwnership } from './ownership.ts';
import type {
  ConflictPolicy,
  EffectiveRule,
  EntityRules,
  FieldAccess,
  FieldPolicy,
  FieldRules,
  FieldType,
  LoopPrevention,
  MergePolicy,
  SystemRules,
} from './types.ts';

export type MergeKind = MergePolicy['kind'];

export type CompiledField = {
  readonly name: string;
  readonly canonicalType: FieldType;
  /** Who wins where nothing can be merged. */
  readonly policy: ConflictPolicy;
  /** Set where both sides of a conflict count, and the type is one that can be merged. */
  readonly merge: MergeKind | null;
  /** The unit that the field is part of. */
  readonly group: CompiledGroup | null;
  readonly access: FieldAccess;
};

export type CompiledGroup = {
  readonly name: string;
  readonly fields: readonly string[];
  readonly policy: ConflictPolicy;
};

/** A computed field, with the own fields in the order of their systems' names. */
export type CompiledPair = {
  readonly field: string;
  readonly type: FieldType;
  readonly rule: EffectiveRule;
  readonly own: readonly { readonly system: string; readonly field: string }[];
};

export type CompiledSystem = {
  readonly name: string;
  readonly rules: SystemRules;
  readonly fields: readonly CompiledField[];
  /** Units of which the system has more than one field. */
  readonly groups: readonly CompiledGroup[];
};

export type CompiledRules = {
  readonly deletePolicy: EntityRules['deletePolicy'];
  readonly loopPrevention: LoopPrevention | null;
  readonly ownership: CompiledOwnership | null;
  readonly pairs: readonly CompiledPair[];
  readonly fields: ReadonlyMap<string, CanonicalField>;
  readonly systems: readonly CompiledSystem[];
  readonly bySystem: ReadonlyMap<string, CompiledSystem>;
};

const compiled = new WeakMap<EntityRules, CompiledRules>();

export function compile(rules: EntityRules): CompiledRules {
  const known = compiled.get(rules);
  if (known !== undefined) return known;
  const pairs = compilePairs(rules);
  const fields = compileFields(rules);
  const systems = Object.entries(rules.systems).map(([name, system]) =>
    compileSystem(fields, name, withoutOthersFields(pairs, name, system)),
  );
  const bySystem = new Map(systems.map((system) => [system.name, system]));
  const { deletePolicy, loopPrevention = null } = rules;
  const ownership = compileOwnership(rules);
  const result = { deletePolicy, loopPrevention, ownership, pairs, fields, systems, bySystem };
  compiled.set(rules, result);
  return result;
}

function compilePairs({ fields }: EntityRules): readonly CompiledPair[] {
  return Object.entries(fields).flatMap(([field, { type, policy }]) => {
    if (policy.kind !== 'paired') return [];
    const systems = Object.entries(policy.own).sort(([one], [other]) => (one < other ? -1 : 1));
    const own = systems.map(([system, name]) => ({ system, field: name }));
    return [{ field, type, rule: policy.effective, own }];
  });
}

/** An own field is only its system's to change, and the effective one nobody's. */
function withoutOthersFields(pairs: readonly CompiledPair[], name: string, system: SystemRules): SystemRules {
  if (pairs.length === 0) return system;
  const isOthers = (field: string): boolean =>
    pairs.some((pair) => pair.field === field || pair.own.some((one) => one.field === field && one.system !== name));
  const fields = Object.entries(system.fields).map(([field, access]) => [
    field,
    isOthers(field) ? { ...access, read: false } : access,
  ]);
  return { ...system, fields: Object.fromEntries(fields) as SystemRules['fields'] };
}

export type CanonicalField = Omit<CompiledField, 'access'>;

function compileSystem(
  canonical: ReadonlyMap<string, CanonicalField>,
  name: string,
  system: SystemRules,
): CompiledSystem {
  const fields = Object.entries(system.fields).flatMap(([field, access]) => {
    const known = canonical.get(field);
    return known === undefined ? [] : [{ ...known, access }];
  });
  const grouped = fields.flatMap(({ group }) => group ?? []);
  const groups = [...new Set(grouped.filter((group, index) => grouped.indexOf(group) !== index))];
  return { name, rules: system, fields, groups };
}

const LAST_WRITE_WINS: ConflictPolicy = { kind: 'last_write_wins' };

function compileFields({ fields, groups = {} }: EntityRules): ReadonlyMap<string, CanonicalField> {
  const compiledFields = new Map<string, CanonicalField>();
  for (const [name, rules] of Object.entries(fields)) compiledFields.set(name, compileField(name, rules));
  for (const [name, members] of Object.entries(groups)) {
    const free = members
      .flatMap((member) => compiledFields.get(member) ?? [])
      .filter((field) => canBeGrouped(field) && fields[field.name]?.policy.kind !== 'paired');
    const [first] = free;
    if (first === undefined) continue;
    const group = { name, fields: free.map((field) => field.name), policy: first.policy };
    for (const field of free) compiledFields.set(field.name, { ...field, group });
  }
  return compiledFields;
}

function canBeGrouped({ merge, group }: CanonicalField): boolean {
  return merge === null && group === null;
}

function compileField(name: string, { type, policy }: FieldRules): CanonicalField {
  const merge = isMergePolicy(policy) && canMerge(policy.kind, type) ? policy.kind : null;
  const decides = isMergePolicy(policy) || policy.kind === 'paired' ? LAST_WRITE_WINS : policy;
  return { name, canonicalType: type, policy: decides, merge, group: null };
}

function isMergePolicy(policy: FieldPolicy): policy is MergePolicy {
  return policy.kind === 'counter' || policy.kind === 'set_union' || policy.kind === 'set_delta';
}

function canMerge(merge: MergeKind, { kind }: FieldType): boolean {
  if (merge !== 'counter') return kind === 'set';
  return kind === 'integer' || kind === 'decimal' || kind === 'double';
}
