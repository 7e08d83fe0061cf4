/**
 * The rules of an entity in the form in which the hot path walks them. Compiling is pure and remembered per rules object,
 * so that callers hand over the same `EntityRules` again and again without thinking of it.
 */
import { compileOwnership } from './ownership.ts';
import type { CompiledOwnership } from './ownership.ts';
import type {
  ConflictPolicy,
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
  readonly canonicalTypes: ReadonlyMap<string, FieldType>;
  readonly systems: readonly CompiledSystem[];
  readonly bySystem: ReadonlyMap<string, CompiledSystem>;
};

const compiled = new WeakMap<EntityRules, CompiledRules>();

export function compile(rules: EntityRules): CompiledRules {
  const known = compiled.get(rules);
  if (known !== undefined) return known;
  const fields = compileFields(rules);
  const systems = Object.entries(rules.systems).map(([name, system]) => compileSystem(fields, name, system));
  const bySystem = new Map(systems.map((system) => [system.name, system]));
  const canonicalTypes = new Map(Object.entries(rules.fields).map(([name, { type }]) => [name, type]));
  const { deletePolicy, loopPrevention = null } = rules;
  const ownership = compileOwnership(rules);
  const result = { deletePolicy, loopPrevention, ownership, canonicalTypes, systems, bySystem };
  compiled.set(rules, result);
  return result;
}

type CanonicalField = Omit<CompiledField, 'access'>;

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
    const free = members.flatMap((member) => compiledFields.get(member) ?? []).filter(canBeGrouped);
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
  const isMerging = isMergePolicy(policy);
  const merge = isMerging && canMerge(policy.kind, type) ? policy.kind : null;
  return { name, canonicalType: type, policy: isMerging ? LAST_WRITE_WINS : policy, merge, group: null };
}

function isMergePolicy(policy: FieldPolicy): policy is MergePolicy {
  return policy.kind === 'counter' || policy.kind === 'set_union' || policy.kind === 'set_delta';
}

function canMerge(merge: MergeKind, { kind }: FieldType): boolean {
  if (merge !== 'counter') return kind === 'set';
  return kind === 'integer' || kind === 'decimal' || kind === 'double';
}
