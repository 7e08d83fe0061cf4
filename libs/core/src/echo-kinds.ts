/**
 * Systems whose streams do not say which command of ours an event shows (S9). What they do say is turned into the mark of
 * the command that it must be, and from there on the event is like any other. Commands come back in the order in which
 * they were executed, so the oldest one that fits is meant; one of which all values are shown fits best. Of a command
 * whose outcome is known the guard helps: it was executed on what the system held, so whoever changes its fields next
 * does so after it, and the first event that does is its own, altered by the system.
 *
 * - `ours`: the event says that our client wrote it, but not what for. An altered write is known as such.
 * - `values`: nothing is said. An event that shows all that a command wrote is its echo; an altered write is known only
 *   once the outcome has come, before that it is an edit. A user who writes the very same is taken for us.
 * - `polled`: there are only rows read beside the stream (echo.ts), and rows that are gone.
 */
import { project, same } from './projection.ts';
import type { CompiledSystem } from './rules.ts';
import { entry, pendingOf } from './state.ts';
import type { SystemState } from './state.ts';
import type { MarkedChange } from './turn.ts';
import type { Command, CommandSequence, SourceChange } from './types.ts';

/** An event of our client that no command explains: changed by us, so no user's edit. No command has this sequence. */
const NOBODY: CommandSequence = -1;

export function markChange(change: SourceChange, known: SystemState, system: CompiledSystem): MarkedChange {
  if (!isMarked(change)) return { ...change, echo: oursCommand(change, known, system)?.sequence ?? NOBODY };
  if (change.echo !== null || system.rules.echoes !== 'values') return change;
  if (change.snapshot || change.existence === 'deleted') return change;
  return { ...change, echo: valuesCommand(change, known, system)?.sequence ?? null };
}

function isMarked(change: SourceChange): change is SourceChange & MarkedChange {
  return change.echo !== 'ours';
}

/** A change whose content is known already from a newer row: only what it shows exactly is settled by it. */
export function markOutdated(change: SourceChange, known: SystemState, system: CompiledSystem): MarkedChange {
  if (isMarked(change) && (change.echo !== null || system.rules.echoes !== 'values')) return change;
  if (change.existence === 'deleted') return { ...change, echo: null };
  return { ...change, echo: shownExactly(change, pendingOf(known), system)?.sequence ?? null };
}

function oursCommand(change: SourceChange, known: SystemState, system: CompiledSystem): Command | null {
  const pending = pendingOf(known);
  if (change.existence === 'deleted') {
    const [first] = pending;
    // A record that goes before it was seen to come must have come.
    const implied = first?.operation === 'create' && !known.exists.value ? first : null;
    return pending.find(({ operation }) => operation === 'delete') ?? implied;
  }
  // One that was executed comes back before one of which that is not known, however well a trigger's answer looks like it.
  const pool = known.applied.length > 0 ? known.applied : pending;
  const exact = shownExactly(change, pool, system);
  if (exact !== null) return beforeIt({ exact, pool }, change, known, system) ?? exact;
  const executed = known.applied.find((command) => command.operation !== 'delete' && isOfRow(command, change));
  if (executed !== undefined) return executed;
  const { inFlight } = known;
  if (inFlight === null || inFlight.operation === 'delete') return null;
  return Object.keys(inFlight.values).every((field) => Object.hasOwn(change.values, field)) ? inFlight : null;
}

function valuesCommand(change: SourceChange, known: SystemState, system: CompiledSystem): Command | null {
  const exact = shownExactly(change, pendingOf(known), system);
  if (exact !== null) return exact;
  const [oldest] = known.applied.filter((command) => isOfRow(command, change));
  if (oldest === undefined || oldest.operation === 'delete') return null;
  if (oldest.operation === 'create') return known.exists.value ? null : oldest;
  return alters(change, oldest, known, system) ? oldest : null;
}

/** What is known to have been written to another row, before the record was made again by hand or by us, is not meant. */
export function isOfRow({ nativeId }: Command, change: Pick<SourceChange, 'nativeId' | 'previousNativeId'>): boolean {
  return nativeId === null || nativeId === change.nativeId || nativeId === change.previousNativeId;
}

/** The oldest command all of whose values the event shows. */
function shownExactly(change: SourceChange, pending: readonly Command[], system: CompiledSystem): Command | null {
  const shows = ({ operation, values }: Command): boolean => {
    if (operation === 'delete') return false;
    return system.fields.every(({ name, access }) => {
      const told = entry(change.values, name);
      // What a create leaves out is empty in the row that it makes.
      if (!Object.hasOwn(values, name)) return operation !== 'create' || !access.write || (told ?? null) === null;
      if (told === undefined && !change.complete) return false;
      return same(access.type, project(access.type, told ?? null), entry(values, name) ?? null);
    });
  };
  return pending.find((command) => isOfRow(command, change) && shows(command)) ?? null;
}

/**
 * An older command that wrote also what the event changes beyond the exact match: an altered write is not taken for a later
 * one of which the value happens to stand in it.
 */
function beforeIt(
  { exact, pool }: { readonly exact: Command; readonly pool: readonly Command[] },
  change: SourceChange,
  known: SystemState,
  system: CompiledSystem,
): Command | undefined {
  return pool.slice(0, pool.indexOf(exact)).find((older) => {
    const isTold = Object.keys(older.values).every((field) => Object.hasOwn(change.values, field));
    const fields = Object.entries(older.values).filter(([field]) => !Object.hasOwn(exact.values, field));
    const beyond = { ...older, values: Object.fromEntries(fields) };
    return isTold && older.operation !== 'delete' && isOfRow(older, change) && alters(change, beyond, known, system);
  });
}

/** The event differs from what the system held in a field that the command wrote. */
function alters(change: SourceChange, command: Command, known: SystemState, system: CompiledSystem): boolean {
  return system.fields.some(({ name, access }) => {
    const told = entry(change.values, name);
    if (told === undefined || !Object.hasOwn(command.values, name)) return false;
    const shadow = entry(known.shadows, name);
    return shadow === undefined || !same(access.type, project(access.type, told), shadow.value);
  });
}

/** A row that is gone. What was executed on it before it went will not be seen any more; a delete of ours is why it went. */
export function absentCommand({ inFlight, applied }: SystemState, change: MarkedChange): Command | null {
  if (inFlight?.operation === 'delete' && isOfRow(inFlight, change)) return inFlight;
  return applied.findLast((command) => isOfRow(command, change) && !isLater(command, change)) ?? null;
}

/** It was executed after the row was read. */
export function isLater({ executedAt }: Command, { at }: Pick<SourceChange, 'at'>): boolean {
  return executedAt !== undefined && executedAt >= at;
}
