/** `concord trace`: the story of one record on all systems, and what its copies are now. */
import { decodeState, EXISTS, showTime, showValue, type Decision, type RecordState } from '@concord/core';
import { recordIdFrom } from '@concord/contracts';
import type { AuditEntry, Store } from '@concord/store';
import { AbsentError, exitCodes } from '../output/failure.ts';
import { textTable } from '../output/table.ts';
import { sentenceOf } from '../story/sentences.ts';
import { conflictTable, type ConflictRow } from './conflicts.ts';
import type { Context } from './context.ts';

export async function trace(context: Context, entity: string, id: string): Promise<number> {
  return await context.withStore(async (store) => {
    for (const recordId of await recordsOf(store, entity, id)) await tell(context, store, recordId);
    return exitCodes.fine;
  });
}

/** Any native id of any system leads to the record; so does the record id itself. */
async function recordsOf(store: Store, entity: string, id: string): Promise<string[]> {
  const found = await store.identities.find(entity, id);
  if (found.length > 0) return found;
  const recordId = recordIdFrom(id);
  if (recordId !== null && (await store.reports.stateOf(recordId)) !== null) return [recordId];
  const known = (await store.plans.load()).map((plan) => plan.entity);
  const hint = known.includes(entity)
    ? 'Give the id of the record in any system, or its record id. A change of the last seconds may not have arrived yet.'
    : `There is no entity "${entity}"; there are: ${known.join(', ') || 'none'}.`;
  throw new AbsentError('trace.unknown_record', `no record of "${entity}" is known by the id ${id}`, hint);
}

async function tell({ output }: Context, store: Store, recordId: string): Promise<void> {
  const [stored, audit, conflicts, nativeIds] = await Promise.all([
    store.reports.stateOf(recordId),
    store.reports.auditOf(recordId),
    store.reports.conflictsOf(recordId) as Promise<unknown> as Promise<ConflictRow[]>,
    store.identities.ofRecord(recordId),
  ]);
  const state = stored === null ? null : decodeState(stored.state);
  output.data({ recordId, entity: stored?.entity ?? null, nativeIds, state, audit, conflicts });
  const ids = nativeIds.map(({ system, nativeId }) => `${system} ${nativeId}`).join(', ');
  output.print(`${stored?.entity ?? 'record'} ${recordId}${ids === '' ? '' : ` (${ids})`}\n`);
  for (const line of audit.flatMap(storyLines)) output.print(line);
  if (conflicts.length > 0) output.print(`\nConflicts\n${conflictTable(conflicts)}`);
  if (state !== null) output.print(`\nCopies now\n${copiesTable(state)}`);
}

function storyLines({ decisions, at, version }: AuditEntry): string[] {
  const sentences = decisions.flatMap((decision) => sentenceOf(decision as Decision) ?? []);
  if (sentences.length === 0) return [];
  return [`${showTime(at.getTime())}  version ${version}`, ...sentences.map((sentence) => `    ${sentence}`)];
}

/** One line a field: what is held to be true, and what each system holds as far as its stream has told. */
export function copiesTable(state: RecordState): string {
  const systems = Object.entries(state.systems);
  const head = ['field', 'canonical', 'version', 'from', ...systems.map(([name]) => name)];
  const existence = [
    EXISTS,
    String(state.exists.value),
    String(state.exists.version),
    state.exists.origin,
    ...systems.map(([, { exists }]) => String(exists.value)),
  ];
  const fields = Object.entries(state.fields).map(([name, { value, version, origin }]) => [
    name,
    showValue(value),
    String(version),
    origin,
    ...systems.map(([, { shadows }]) => (shadows[name] === undefined ? 'not told' : showValue(shadows[name].value))),
  ]);
  return textTable([head, existence, ...fields]);
}
