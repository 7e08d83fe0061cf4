/** Which fields of the source may be mapped, where the config lists them. */
import type { SyncContext } from './sync-context.ts';

export function checkSelection({ plain, fault }: SyncContext): void {
  const { include_fields: included, exclude_fields: excluded = [], field_mappings: mappings = [] } = plain;
  for (const [index, field] of excluded.entries()) {
    if (included?.includes(field) !== true) continue;
    const message = `"${field}" is both included and excluded`;
    fault('config.contradiction', ['exclude_fields', index], message, 'Take it out of one of the two lists.');
  }
  for (const [index, { source }] of mappings.entries()) {
    const path = ['field_mappings', index, 'source'];
    if (excluded.includes(source)) {
      const remedy = 'Take the mapping out, or take the field out of "exclude_fields".';
      fault('config.contradiction', path, `"${source}" is mapped, but excluded`, remedy);
    } else if (included !== undefined && !included.includes(source)) {
      const remedy = 'Add it there, or take the mapping out.';
      fault('config.contradiction', path, `"${source}" is mapped, but not among "include_fields"`, remedy);
    }
  }
}
