/**
 * The plan of one entity: what `apply` derived from the config and from what both systems say about themselves. It is kept
 * in the store as JSON and read by every service at start, so that all of them map names and types in exactly one way.
 *
 * The order of `fields` gives each field its ordinal in the `present` lists of the messages. A field that is added goes to
 * the end; readers translate ordinals by the schema a message was written with, so an order that did change does no harm.
 */
import type {
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
import { normalizerOf, type Conversion, type Normalization } from '@concord/transform';

export type PlannedField = {
  name: string;
  type: FieldType;
  policy: FieldPolicy;
  /** The form that texts have as canonical values. */
  normalizations?: readonly Normalization[];
};

/** A canonical field as one system has it, with the column's or field's own name and its own type's name. */
export type PlannedAccess = FieldAccess & {
  native: string;
  nativeType: string;
  /** Where the system spells values otherwise: `type` is then what they are elsewhere, `storedType` what it holds. */
  conversions?: readonly Conversion[];
  storedType?: FieldType;
};

export type PlannedSystem = {
  type: 'postgres' | 'salesforce';
  /** `public.accounts` or `Account`. */
  object: string;
  /** Native names of the key columns. */
  key: string[];
  /** The system makes the key itself when a record is created. */
  keyGenerated: boolean;
  /** By canonical field name. */
  fields: Record<string, PlannedAccess>;
  /** The canonical field of this system that holds another system's native id. */
  link: { field: string; system: string } | null;
  /** Only records with these values, by native field, belong to the entity; records that we create get them. */
  filter: Record<string, string | number | boolean>;
  readExistence: boolean;
  writeExistence: boolean;
  /** False: nobody listens to changes made there. */
  captured?: boolean;
  /** What happens to a delete that may not flow out of this system. */
  targetDelete?: TargetEdit;
  /** How our own writes are known in its stream; each with its command where nothing is said. */
  echoes?: SystemRules['echoes'];
  /** The canonical field in which the system says when a record was last changed. */
  timestampField?: string;
};

export type EntityPlan = {
  entity: string;
  sync: string;
  fields: PlannedField[];
  /** Fields that are one unit, by the name of the unit. */
  groups?: Record<string, string[]>;
  systems: Record<string, PlannedSystem>;
  deletePolicy: EntityRules['deletePolicy'];
  ownership?: RecordOwnership;
  loopPrevention?: LoopPrevention;
};

/** The part of a plan that the core decides by: no native names, no keys, no filters. */
export function rulesOf(plan: EntityPlan): EntityRules {
  const { entity, groups, ownership, loopPrevention, deletePolicy } = plan;
  return {
    entity,
    fields: Object.fromEntries(plan.fields.map((field) => [field.name, fieldRulesOf(field)])),
    ...(groups === undefined ? {} : { groups }),
    systems: Object.fromEntries(Object.entries(plan.systems).map(([name, system]) => [name, systemRulesOf(system)])),
    deletePolicy,
    ...(ownership === undefined ? {} : { ownership }),
    ...(loopPrevention === undefined ? {} : { loopPrevention }),
  };
}

function fieldRulesOf({ type, policy, normalizations }: PlannedField): FieldRules {
  if (normalizations === undefined || type.kind !== 'string') return { type, policy };
  return { type: { ...type, normalize: normalizerOf(normalizations) }, policy };
}

function systemRulesOf(system: PlannedSystem): SystemRules {
  const { readExistence, writeExistence, targetDelete, echoes, timestampField } = system;
  const fields = Object.entries(system.fields).map(([name, { type, read, write, targetEdit, ignoresNulls }]) => [
    name,
    { type, read, write, targetEdit, ...(ignoresNulls === true ? { ignoresNulls } : {}) },
  ]);
  return {
    fields: Object.fromEntries(fields),
    // The brackets around our transactions in Postgres name deleted rows too; a Salesforce stamp goes with its record.
    ...(system.type === 'postgres' ? { deletesMarked: true } : {}),
    ...(system.captured === false ? { unobserved: true } : {}),
    ...(targetDelete === undefined ? {} : { targetDelete }),
    ...(echoes === undefined ? {} : { echoes }),
    ...(timestampField === undefined ? {} : { timestampField }),
    readExistence,
    writeExistence,
  };
}
