/** The steps that a mapping names: complete, and none that could not be gone back where changes flow back. */
import { clashOf, isInvertible, phoneCountries, type Conversion, type Normalization } from '@concord/transform';
import type { StepDocument } from './shapes/transformations.ts';
import type { SyncContext } from './sync-context.ts';
import type { Path } from './tree.ts';
import type { FieldMapping, SyncConfig } from './types.ts';

type Steps = Pick<FieldMapping, 'conversions' | 'normalizations'>;
type TransformationDocument = StepDocument | StepDocument[];

export function stepsFrom(context: SyncContext, said: TransformationDocument | undefined, path: Path): Steps {
  const steps = said === undefined ? [] : Array.isArray(said) ? said : [said];
  const conversions: Conversion[] = [];
  const normalizations: Normalization[] = [];
  for (const [index, step] of steps.entries()) {
    const place = Array.isArray(said) ? [...path, index] : path;
    if (step === 'none') continue;
    if (typeof step === 'string' || 'default_country' in step || isNormalizing(step.type)) {
      normalizations.push(normalizationFrom(context, step, place));
      continue;
    }
    const conversion = conversionFrom(step);
    if (normalizations.length > 0) {
      const message = `"${conversion.kind}" changes what a value is, so it comes before what only changes its form`;
      context.fault('config.contradiction', place, message, 'Put it first.');
    }
    conversions.push(conversion);
  }
  return { conversions, normalizations };
}

const FORMS: readonly string[] = ['trim', 'collapse_spaces', 'lowercase', 'uppercase', 'format_phone'];

function isNormalizing(type: string): boolean {
  return FORMS.includes(type);
}

function normalizationFrom(context: SyncContext, step: StepDocument, place: Path): Normalization {
  const kind = (typeof step === 'string' ? step : step.type) as Normalization['kind'];
  if (kind !== 'format_phone') return { kind };
  const stated = typeof step === 'object' && 'default_country' in step ? step.default_country : undefined;
  const country = stated ?? context.plain.mapping_options?.default_country;
  if (country === undefined) return { kind };
  if (!phoneCountries().includes(country)) {
    const path = stated === undefined ? ['mapping_options', 'default_country'] : [...place, 'default_country'];
    const remedy = 'Write the code of two letters that ISO 3166 gives it, for example "NO".';
    context.fault('config.value', path, `"${country}" is no country whose phone numbers are known`, remedy);
  }
  return { kind, country };
}

type ConversionDocument = Extract<StepDocument, { type: 'value_map' | 'scale' | 'constant' | 'default' }>;

function conversionFrom(step: StepDocument): Conversion {
  const said = step as ConversionDocument;
  switch (said.type) {
    case 'value_map':
      return { kind: 'value_map', values: said.values };
    case 'scale':
      return { kind: 'scale', powerOfTen: said.power_of_ten };
    case 'constant':
    case 'default':
      return { kind: said.type, value: said.value };
    default:
      return unreachable(said);
  }
}

/** A field that flows back into its source through a step of which two values come out alike would never come to rest. */
export function checkOneWay(
  { fault, plain }: SyncContext,
  {
    fieldMappings,
    direction,
    ownership,
    source,
  }: Pick<SyncConfig, 'fieldMappings' | 'direction' | 'ownership' | 'source'>,
): void {
  if (direction === 'source_to_target') return;
  for (const [index, mapping] of fieldMappings.entries()) {
    const isOfSource = ownership.fields[mapping.name]?.owner === source.system;
    const step = mapping.conversions.find((one) => !isInvertible(one));
    if (step === undefined || (isOfSource && direction === 'bidirectional')) continue;
    const clash = step.kind === 'value_map' ? clashOf(step.values) : null;
    const why =
      clash === null
        ? `"${step.kind}" cannot be undone`
        : `"${clash[1]}" and "${clash[2]}" both become "${clash[0]}", so nobody could tell which it was`;
    const isListed = Array.isArray(plain.field_mappings?.[index]?.transformation);
    const path = ['field_mappings', index, 'transformation', ...(isListed ? [mapping.conversions.indexOf(step)] : [])];
    const remedy = `Give the field to its source ("ownership": {"fields": [{"field": "${mapping.name}", "owner": "${source.system}"}]}), or let changes flow one way.`;
    fault('config.contradiction', path, `changes of ${mapping.name} flow both ways, but ${why}`, remedy);
  }
}

function unreachable(step: never): never {
  throw new TypeError(`Unknown transformation ${JSON.stringify(step)}`);
}
