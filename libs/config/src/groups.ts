/** Fields that are one unit: a change of any is judged for all, and a conflict has one winner for all. */
import { fieldFor } from './references.ts';
import type { SyncContext } from './sync-context.ts';
import type { FieldMapping } from './types.ts';

export type Groups = Readonly<Record<string, readonly string[]>>;

/** Canonical names, by the name of the unit. */
export function groupsFrom(context: SyncContext, mappings: readonly FieldMapping[]): Groups {
  const groups: Record<string, string[]> = {};
  const homes = new Map<string, string>();
  for (const [group, fields] of Object.entries(context.plain.field_groups ?? {})) {
    const members: string[] = [];
    for (const [index, field] of fields.entries()) {
      const path = ['field_groups', group, index];
      const mapping = fieldFor(context, field, mappings, path);
      if (mapping === null) continue;
      const home = homes.get(mapping.name);
      if (home !== undefined) {
        const message = `"${field}" is in the group "${home}" already`;
        context.fault('config.contradiction', path, message, 'Keep it in one of the two places.');
        continue;
      }
      homes.set(mapping.name, group);
      members.push(mapping.name);
    }
    groups[group] = members;
  }
  return groups;
}

export function groupOf(groups: Groups, field: string): string | null {
  return Object.keys(groups).find((name) => groups[name]?.includes(field) === true) ?? null;
}
