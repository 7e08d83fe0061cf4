/**
 * A batch of events as numbered steps. Every change of a record in the stream has a number that depends on nothing but the
 * events before it, so that the same events get the same numbers when they are replayed after a crash. Where changes are
 * joined, the joined one keeps the last number.
 */
import { ConnectorError } from '@concord/connector-kit';
import { decodeEvent, type RawChange } from '../decode/change-event.ts';
import type { EventSchema } from '../decode/event-schema.ts';
import type { WireEvent } from '../pubsub/transport.ts';

export type NumberedChange = { readonly number: bigint; readonly change: RawChange };

/** Runs of changes, cut where an event asks for the whole object to be read. */
export type Step =
  | { readonly kind: 'changes'; readonly changes: readonly NumberedChange[] }
  | { readonly kind: 'reload'; readonly why: string };

export interface SchemaSource {
  get(schemaId: string): Promise<EventSchema>;
}

export async function stepsOf(
  events: readonly WireEvent[],
  countBefore: bigint,
  schemas: SchemaSource,
): Promise<{ steps: Step[]; count: bigint }> {
  const steps: Step[] = [];
  let run: NumberedChange[] = [];
  let count = countBefore;
  const closeRun = (): void => {
    if (run.length > 0) steps.push({ kind: 'changes', changes: joinTransactions(run) });
    run = [];
  };
  for (const event of events) {
    const decoded = decode(event, await schemas.get(event.schemaId));
    if (decoded.kind === 'all') {
      closeRun();
      steps.push({ kind: 'reload', why: decoded.why });
    } else {
      for (const change of decoded.changes) run.push({ number: (count += 1n), change });
    }
  }
  closeRun();
  return { steps, count };
}

function decode(event: WireEvent, schema: EventSchema): ReturnType<typeof decodeEvent> {
  try {
    return decodeEvent(event, schema);
  } catch (error) {
    throw new ConnectorError(
      {
        code: 'salesforce.event_unreadable',
        reaction: 'halt',
        message: `event ${event.id} with schema ${event.schemaId} has no readable header: ${(error as Error).message}`,
        hint: 'Nothing is lost: the position stays before this event. Report it; to go on without it run `concord backfill` for the object.',
      },
      { cause: error },
    );
  }
}

/**
 * One save of a record may arrive as several events of its transaction, with our stamp in only one of them. Joined, the
 * stamp covers them all; apart, the others would look like a user's edits.
 */
function joinTransactions(run: readonly NumberedChange[]): NumberedChange[] {
  const joined = new Map<string, NumberedChange>();
  for (const next of run) {
    const key = `${next.change.transactionKey} ${next.change.nativeId}`;
    const previous = joined.get(key);
    const isJoinable = previous !== undefined && previous.change.kind !== 'delete' && next.change.kind === 'update';
    if (previous !== undefined && !isJoinable) joined.set(`${key} ${previous.number}`, previous);
    joined.delete(key);
    joined.set(key, isJoinable ? join(previous, next) : next);
  }
  return [...joined.values()].sort((a, b) => (a.number < b.number ? -1 : 1));
}

function join({ change: first }: NumberedChange, { number, change: second }: NumberedChange): NumberedChange {
  const values = new Map([...first.values, ...second.values]);
  for (const name of second.unresolved) values.delete(name);
  const resolved = new Set(second.values.keys());
  const unresolved = new Set([...[...first.unresolved].filter((name) => !resolved.has(name)), ...second.unresolved]);
  const needsReread = first.needsReread || second.needsReread;
  return { number, change: { ...second, kind: first.kind, values, unresolved, needsReread } };
}
