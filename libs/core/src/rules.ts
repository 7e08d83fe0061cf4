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
  readonly access: FieldAccess;
};

export type CompiledSystem = {
  readonly name: string;
  readonly rules: SystemRules;
  readonly fields: readonly CompiledField[];
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
  const systems = Object.entries(rules.systems).map(([name, system]) => compileSystem(rules, name, system));
  const bySystem = new Map(systems.map((system) => [system.name, system]));
  const canonicalTypes = new Map(Object.entries(rules.fields).map(([name, { type }]) => [name, type]));
  const { deletePolicy, loopPrevention = null } = rules;
  const ownership = compileOwnership(rules);
  const result = { deletePolicy, loopPrevention, ownership, canonicalTypes, systems, bySystem };
  compiled.set(rules, result);
  return result;
}

function compileSystem(rules: EntityRules, name: string, system: SystemRules): CompiledSystem {
  const fields = Object.entries(system.fields).flatMap(([field, access]) => {
    const canonical = Object.hasOwn(rules.fields, field) ? rules.fields[field] : undefined;
    return canonical === undefined ? [] : [compileField(field, canonical, access)];
  });
  return { name, rules: system, fields };
}

const LAST_WRITE_WINS: ConflictPolicy = { kind: 'last_write_wins' };

function compileField(name: string, { type, policy }: FieldRules, access: FieldAccess): CompiledField {
  const isMerging = isMergePolicy(policy);
  const merge = isMerging && canMerge(policy.kind, type) ? policy.kind : null;
  return { name, canonicalType: type, policy: isMerging ? LAST_WRITE_WINS : policy, merge, access };
}

function isMergePolicy(policy: FieldPolicy): policy is MergePolicy {
  return policy.kind === 'counter' || policy.kind === 'set_union' || policy.kind === 'set_delta';
}

function canMerge(merge: MergeKind, { kind }: FieldType): boolean {
  if (merge !== 'counter') return kind === 'set';
  return kind === 'integer' || kind === 'decimal' || kind === 'double';
}
