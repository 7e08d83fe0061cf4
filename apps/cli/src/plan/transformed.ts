/** What transformations make of the types of a mapping, and which fields cannot have any. */
import type { FieldMapping } from '@concord/config';
import type { FieldType } from '@concord/core';
import type { PlannedAccess, PlannedField } from '@concord/contracts';
import type { Findings } from './finding.ts';
import { typeText } from './types-fit.ts';

/** The source's type as everybody else sees it; null when the steps do not fit its values. */
export function convertedType({ conversions, place, source }: FieldMapping, type: FieldType, findings: Findings) {
  let current: FieldType | null = type;
  for (const step of conversions) {
    const next: FieldType | null = current === null ? null : afterStep(current, step);
    if (current !== null && next === null) {
      const needs =
        step.kind === 'scale' ? 'an exact number' : step.kind === 'value_map' ? 'a text' : 'a value of its type';
      const message = `"${step.kind}" needs ${needs}, but ${source} is ${typeText(current)}`;
      findings.fault('plan.transformation_type', place, message, 'Choose another transformation, or none.');
    }
    current = next;
  }
  return current;
}

type Step = FieldMapping['conversions'][number];

function afterStep(type: FieldType, step: Step): FieldType | null {
  switch (step.kind) {
    case 'value_map':
      return type.kind === 'string' ? withoutLength(type) : null;
    case 'scale':
      return scaled(type, step.powerOfTen);
    case 'constant':
    case 'default':
      return fitsKind(step.value, type) ? (type.kind === 'string' ? withoutLength(type) : type) : null;
    default:
      return unreachable(step);
  }
}

/** A name elsewhere may be longer than the system's own. */
function withoutLength(type: FieldType & { kind: 'string' }): FieldType {
  const { lengthMax: _, ...rest } = type;
  return rest;
}

/** Digits move over the point; none may be lost, so whole numbers cannot become fractions of what they count. */
function scaled(type: FieldType, powerOfTen: number): FieldType | null {
  if (type.kind === 'integer') return powerOfTen < 0 ? { kind: 'decimal', scale: -powerOfTen } : null;
  if (type.kind !== 'decimal') return null;
  if (type.scale === undefined) return type;
  return type.scale < powerOfTen ? null : { kind: 'decimal', scale: type.scale - powerOfTen };
}

function fitsKind(value: string | number | boolean | null, { kind }: FieldType): boolean {
  if (typeof value === 'number') return kind === 'integer' || kind === 'decimal' || kind === 'double';
  if (typeof value === 'boolean') return kind === 'boolean';
  return kind === 'string' || kind === 'date' || kind === 'timestamp';
}

/** What a system's access says of it. */
export function conversionsOf(
  { conversions }: FieldMapping,
  storedType: FieldType,
): Pick<PlannedAccess, 'conversions' | 'storedType'> {
  return conversions.length === 0 ? {} : { conversions, storedType };
}

/** What the canonical field says of it. */
export function formOf({ normalizations }: FieldMapping): Pick<PlannedField, 'normalizations'> {
  return normalizations.length === 0 ? {} : { normalizations };
}

export function checkForm({ normalizations, place, name }: FieldMapping, type: FieldType, findings: Findings): void {
  const [first] = normalizations;
  if (first === undefined || type.kind === 'string') return;
  const message = `"${first.kind}" is of texts, but ${name} is ${typeText(type)}`;
  findings.fault('plan.transformation_type', place, message, 'Choose another transformation, or none.');
}

/** A key that is spelt in two ways would be two keys. */
export function checkKeyIsPlain(mapping: FieldMapping, findings: Findings): void {
  if (mapping.conversions.length + mapping.normalizations.length === 0) return;
  const message = `${mapping.source} ↔ ${mapping.target} tells records apart, so it cannot be transformed`;
  findings.fault('plan.transformed_key', mapping.place, message, 'Take the transformation out.');
}

function unreachable(step: never): never {
  throw new TypeError(`Unknown conversion ${JSON.stringify(step)}`);
}
