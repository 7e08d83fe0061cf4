/** Two syncs may share an object only if no record can belong to both: their filters must exclude each other. */
import { formatPlace, type SyncConfig, type SyncEnd } from '@concord/config';
import type { PlanFault } from './finding.ts';

export function overlapFaults(syncs: readonly SyncConfig[]): PlanFault[] {
  const ends = syncs.flatMap(({ source, target }) => [source, target]);
  return ends.flatMap((end, index) => {
    const other = ends.slice(0, index).find((one) => isSameObject(one, end) && !excludes(one, end));
    if (other === undefined) return [];
    const message = `${end.object} of ${end.system} is also synced at ${formatPlace(other.place)}, and a record could belong to both`;
    const remedy = 'Give both a "filter" on one field with different values, for example {"Type": "Customer"}.';
    return [{ code: 'plan.overlap', place: end.place, message, remedy }];
  });
}

function isSameObject(one: SyncEnd, other: SyncEnd): boolean {
  return one.system === other.system && one.object === other.object;
}

function excludes(one: SyncEnd, other: SyncEnd): boolean {
  return Object.entries(one.filter).some(([field, value]) => field in other.filter && other.filter[field] !== value);
}
