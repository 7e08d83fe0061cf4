/**
 * A system that arrives at the canonical value by itself, without having seen it, has said the same as its author. If its
 * word is the stronger one, the value counts as its from then on: else a third edit would be set against the weaker word
 * only, and who wins would depend on the order in which the three arrive.
 */
import type { FieldSighting } from './decisions.ts';
import { hasSeen, isContested } from './edit.ts';
import type { Edit } from './edit.ts';
import { flows, ownersVerdict } from './ownership.ts';
import { resolveConflict } from './policies.ts';
import type { Incoming, Turn } from './turn.ts';

export function agreementOf(turn: Turn, incoming: Incoming, edit: Edit): FieldSighting {
  const { field, held, canonical } = edit;
  const sighting = { field: field.name, held, version: canonical.version };
  return isStrongerWord(turn, incoming, edit) ? { ...sighting, spokenAt: incoming.change.at } : sighting;
}

function isStrongerWord(turn: Turn, incoming: Incoming, edit: Edit): boolean {
  const { change, system, claim } = incoming;
  const { field, canonical } = edit;
  if (change.echo !== null || canonical.value === null || !flows(incoming, field)) return false;
  // What a person decided stays that person's, and where people decide no word is stronger by itself.
  if (canonical.origin === '' || field.policy.kind === 'manual') return false;
  if (hasSeen(edit, incoming.isNew) || isContested(turn, incoming, field.name)) return false;
  const owners = ownersVerdict(claim, system.name, canonical.origin);
  if (owners !== null) return owners.winner === 'incoming';
  const own = { system: system.name, at: change.at, value: canonical.value };
  const other = { system: canonical.origin, at: canonical.at, value: canonical.value };
  return resolveConflict(field.policy, field.canonicalType, own, other).winner === 'incoming';
}
