/**
 * From a sync of the config and what both systems say about themselves to the plan of its entity: canonical types, who may
 * write what, keys, links and policies. Pure: everything it needs is given, everything it has to say is returned.
 */
import { nearest, type FieldMapping, type SyncConfig, type SyncEnd } from '@concord/config';
import type { FieldType } from '@concord/core';
import type { EntityPlan, PlannedAccess, PlannedField, PlannedSystem } from '@concord/contracts';
import type { DescribedField, DescribedObject } from './described.ts';
import { Findings, type PlanFault, type PlanWarning } from './finding.ts';
import { accessOf, flowOf } from './flow.ts';
import { checkKeys, isIdentifying, linkOf, uncut } from './keys.ts';
import { ownerOf, recordOwnership, treatmentOf } from './owners.ts';
import { checkPairs, policyOf } from './policies.ts';
import { checkForm, checkKeyIsPlain, conversionsOf, convertedType, formOf } from './transformed.ts';
import { fitTypes, typeText } from './types-fit.ts';

export type Derived = {
  readonly plan: EntityPlan | null;
  readonly faults: readonly PlanFault[];
  readonly warnings: readonly PlanWarning[];
};

/** A mapping with both of its fields found. */
export type MappedField = {
  readonly mapping: FieldMapping;
  readonly source: DescribedField;
  readonly target: DescribedField;
};

export function derivePlan(sync: SyncConfig, source: DescribedObject, target: DescribedObject): Derived {
  const findings = new Findings();
  const mapped = sync.fieldMappings.flatMap((mapping) => findFields(mapping, source, target, findings));
  const fields: PlannedField[] = [];
  const access = { source: {} as Record<string, PlannedAccess>, target: {} as Record<string, PlannedAccess> };
  for (const field of mapped) {
    const planned = planField({ sync, source, target, field, findings });
    if (planned === null) continue;
    const { name } = field.mapping;
    const policy = policyOf(sync, field.mapping, planned.type, findings);
    fields.push({ name, type: planned.type, policy, ...formOf(field.mapping) });
    access.source[name] = planned.source;
    access.target[name] = planned.target;
  }
  checkPairs(sync, fields, findings);
  checkTimestamps(sync, fields, findings);
  const ownership = recordOwnership(sync, fields, findings);
  checkFilter(sync.source, source, findings);
  checkFilter(sync.target, target, findings);
  const isToTarget = sync.direction !== 'target_to_source';
  const isToSource = sync.direction !== 'source_to_target';
  const both = { mapped, findings };
  const ends = [
    { ...both, end: sync.source, object: source, fields: access.source, reads: isToTarget, writes: isToSource },
    { ...both, end: sync.target, object: target, fields: access.target, reads: isToSource, writes: isToTarget },
  ] as const;
  for (const end of ends) {
    checkKeys(end);
    checkCapture(end.end, end.reads, findings);
    if (end.writes && end.object.unguarded !== undefined) findings.warn(end.end.place, end.object.unguarded);
  }
  if (findings.faults.length > 0) return { plan: null, faults: findings.faults, warnings: findings.warnings };
  const systems = ends.map((end): [string, PlannedSystem] => [
    end.object.system,
    {
      type: end.object.type,
      object: end.object.object,
      key: [...end.object.key],
      keyGenerated: end.object.isKeyGenerated,
      fields: end.fields,
      link: end.object === source ? linkOf(target, 'target', mapped) : linkOf(source, 'source', mapped),
      filter: { ...end.end.filter },
      readExistence: end.reads,
      writeExistence: end.writes,
      ...(end.end.isCaptured ? {} : { captured: false }),
      ...timestampOf(sync, end.fields),
      ...(end.reads || sync.ownership.targetDeletes === null ? {} : { targetDelete: sync.ownership.targetDeletes }),
    },
  ]);
  const { entity, name, conflict, groups, loopPrevention } = sync;
  const plan: EntityPlan = {
    entity,
    sync: name,
    fields,
    ...(Object.keys(groups).length === 0 ? {} : { groups: mutable(groups) }),
    systems: Object.fromEntries(systems),
    deletePolicy: conflict.deletePolicy,
    ...(ownership === undefined ? {} : { ownership }),
    ...(loopPrevention === null ? {} : { loopPrevention }),
  };
  return { plan, faults: findings.faults, warnings: findings.warnings };
}

function mutable(groups: SyncConfig['groups']): Record<string, string[]> {
  return Object.fromEntries(Object.entries(groups).map(([group, fields]) => [group, [...fields]]));
}

/** A system says when a record was changed only in a field that is its own to fill. */
function timestampOf({ conflict }: SyncConfig, fields: Record<string, PlannedAccess>): { timestampField?: string } {
  const { timestampField } = conflict;
  return timestampField !== null && fields[timestampField]?.read === true ? { timestampField } : {};
}

function checkTimestamps({ conflict, fieldMappings }: SyncConfig, fields: readonly PlannedField[], findings: Findings) {
  const mapping = fieldMappings.find(({ name }) => name === conflict.timestampField);
  const field = fields.find(({ name }) => name === conflict.timestampField);
  if (mapping === undefined || field === undefined || field.type.kind === 'timestamp') return;
  const message = `"timestamp_field" is ${mapping.source} ↔ ${mapping.target}, which is ${typeText(field.type)}, not a timestamp`;
  findings.fault('plan.timestamp_type', mapping.place, message, 'Name a field that holds a time.');
}

/** A side from which changes flow must be listened to. */
function checkCapture(
  { isCaptured, system, object, place }: SyncConfig['source'],
  reads: boolean,
  findings: Findings,
): void {
  if (isCaptured || !reads) return;
  const message = `changes of ${object} in ${system} are to flow, but "capture" is false`;
  findings.fault(
    'plan.uncaptured_source',
    place,
    message,
    'Remove "capture": false, or make the sync one-way into this side.',
  );
}

function findFields(
  mapping: FieldMapping,
  source: DescribedObject,
  target: DescribedObject,
  findings: Findings,
): MappedField[] {
  const inSource = findField(mapping.source, source, mapping.place, findings);
  const inTarget = findField(mapping.target, target, mapping.place, findings);
  return inSource === null || inTarget === null ? [] : [{ mapping, source: inSource, target: inTarget }];
}

function findField(
  name: string,
  { object, system, fields }: DescribedObject,
  place: FieldMapping['place'],
  findings: Findings,
): DescribedField | null {
  const field = fields.find((one) => one.name === name);
  if (field !== undefined) return field;
  const names = fields.map((one) => one.name);
  const meant = nearest(name, names);
  const shown = names.length > 30 ? `${names.slice(0, 30).join(', ')}, …` : names.join(', ');
  const remedy = meant === null ? `It has: ${shown}.` : `Did you mean "${meant}"?`;
  findings.fault('plan.field_missing', place, `${object} in ${system} has no field "${name}"`, remedy);
  return null;
}

type FieldContext = {
  readonly sync: SyncConfig;
  readonly source: DescribedObject;
  readonly target: DescribedObject;
  readonly field: MappedField;
  readonly findings: Findings;
};

function checkRefusals({ source, target, field, findings }: FieldContext): void {
  const refused = [
    { object: source, one: field.source },
    { object: target, one: field.target },
  ].filter(({ one }) => one.type === null);
  for (const { object, one } of refused) {
    const message = `${object.object}.${one.name} (${one.nativeType}) cannot be synchronized: ${one.refusal ?? ''}`;
    const remedy = 'Change the column, or leave it out of the mapping.';
    findings.fault('plan.type_refused', field.mapping.place, message, remedy);
  }
}

function planField({ sync, source, target, field, findings }: FieldContext) {
  const { mapping } = field;
  checkRefusals({ sync, source, target, field, findings });
  if (field.source.type === null || field.target.type === null) return null;
  const sourceType = convertedType(mapping, field.source.type, findings);
  if (sourceType === null) return null;
  const ends = [
    { name: `${source.object}.${mapping.source}`, type: sourceType, isLeading: source.type === 'postgres' },
    { name: `${target.object}.${mapping.target}`, type: field.target.type, isLeading: target.type === 'postgres' },
  ] as const;
  const fit = fitTypes(...ends);
  if (fit === null) {
    const [one, other] = ends.map(({ name, type }) => `${name} is ${typeText(type)}`);
    const remedy = 'Map fields of one kind, or change the type of one of them.';
    findings.fault('plan.type_mismatch', mapping.place, `the types do not fit: ${one}, ${other}`, remedy);
    return null;
  }
  checkForm(mapping, fit.type, findings);
  const identifies = isIdentifying(field, source, target);
  if (identifies) checkKeyIsPlain(mapping, findings);
  const consequence =
    identifies && fit.losses.length > 0 ? '; such records are parked, because it tells records apart' : '';
  for (const loss of fit.losses) {
    findings.warn(mapping.place, `${mapping.source} ↔ ${mapping.target}: ${loss}${consequence}`);
  }
  const planned = (type: FieldType): FieldType => (identifies ? uncut(type) : type);
  const owner = ownerOf(sync, mapping.name);
  const told = treatmentOf(sync, mapping.name);
  const flow = flowOf(sync.direction, field.source, field.target, owner);
  if (flow === null) {
    const why = owner === null ? 'the receiving side maintains it itself' : 'the side whose field it is does not send';
    const message = `nothing can flow between ${ends[0].name} and ${ends[1].name}: ${why}`;
    findings.fault('plan.no_flow', mapping.place, message, 'Leave it out of the mapping, or change the direction.');
    return null;
  }
  const isComputed = owner === 'nobody';
  const nulls = sync.nulls === 'ignore' ? { ignoresNulls: true } : {};
  const sourceAccess = accessOf(
    { out: flow.toTarget && !isComputed, in: flow.toSource },
    field.target.isWritable,
    told,
  );
  const targetAccess = accessOf(
    { out: flow.toSource && !isComputed, in: flow.toTarget },
    field.source.isWritable,
    told,
  );
  return {
    type: fit.type,
    source: {
      type: planned(sourceType),
      ...sourceAccess,
      ...nulls,
      native: mapping.source,
      nativeType: field.source.nativeType,
      ...conversionsOf(mapping, field.source.type),
    },
    target: {
      type: planned(field.target.type),
      ...targetAccess,
      ...nulls,
      native: mapping.target,
      nativeType: field.target.nativeType,
    },
  };
}

const FILTERABLE: Readonly<Record<string, readonly FieldType['kind'][]>> = {
  string: ['string'],
  number: ['integer', 'decimal', 'double'],
  boolean: ['boolean'],
};

function checkFilter(end: SyncEnd, object: DescribedObject, findings: Findings): void {
  for (const [name, value] of Object.entries(end.filter)) {
    const field = findField(name, object, end.place, findings);
    if (field?.type === null || field === null) continue;
    if (FILTERABLE[typeof value]?.includes(field.type.kind)) continue;
    const message = `the filter compares ${object.object}.${name} (${typeText(field.type)}) with ${JSON.stringify(value)}`;
    findings.fault('plan.filter_type', end.place, message, 'Write a value of the type of the field.');
  }
}
