/** The fields that a rule names: one, several, or a group as a whole. */
import { groupOf, type Groups } from './groups.ts';
import { fieldFor } from './references.ts';
import { suggestion } from './suggest.ts';
import type { SyncContext } from './sync-context.ts';
import type { Path } from './tree.ts';
import type { FieldMapping } from './types.ts';

/** By its canonical name, with the place where it is named. */
export type NamedField = { readonly name: string; readonly place: Path };
type Rule = {
  readonly field?: string | undefined;
  readonly fields?: readonly string[] | undefined;
  readonly group?: string | undefined;
};
export type Naming = SyncContext & { readonly mappings: readonly FieldMapping[]; readonly groups: Groups };

export function namedFields(context: Naming, rule: Rule, path: Path): NamedField[] {
  if (rule.group !== undefined) return groupFields(context, rule.group, [...path, 'group']);
  const named =
    rule.field === undefined
      ? (rule.fields ?? []).map((field, index) => ({ field, place: [...path, 'fields', index] }))
      : [{ field: rule.field, place: [...path, 'field'] }];
  return named.flatMap(({ field, place }) => {
    const mapping = fieldFor(context, field, context.mappings, place);
    if (mapping === null) return [];
    const group = groupOf(context.groups, mapping.name);
    if (group === null) return [{ name: mapping.name, place }];
    const remedy = `Write {"group": "${group}", …}: one rule counts for all of its fields.`;
    context.fault('config.contradiction', place, `"${field}" belongs to the group "${group}"`, remedy);
    return [];
  });
}

function groupFields({ fault, groups }: Naming, group: string, place: Path): NamedField[] {
  const members = groups[group];
  if (members === undefined) {
    const names = Object.keys(groups);
    const remedy = names.length === 0 ? 'Describe it under "field_groups".' : suggestion(group, names);
    fault('config.reference', place, `there is no group "${group}"`, remedy);
  }
  return (members ?? []).map((name) => ({ name, place }));
}
