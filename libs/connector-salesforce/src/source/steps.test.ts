import { describe, expect, it } from 'vitest';
import { compileEventSchema } from '../decode/event-schema.ts';
import type { WireEvent } from '../pubsub/transport.ts';
import { accountEvent, accountSchemaJson, bits } from '../testing/account-events.ts';
import { positionOf } from './position.ts';
import { stepsOf } from './steps.ts';

const schemas = { get: async (id: string) => compileEventSchema(id, accountSchemaJson) };
const [A, B] = ['001000000000001AAA', '001000000000002AAA'] as [string, string];

async function told(...events: WireEvent[]) {
  const { steps, count } = await stepsOf(events, 10n, schemas);
  const lines = steps.flatMap((step) =>
    step.kind === 'reload'
      ? [`reload ${step.why}`]
      : step.changes.map(({ number, change }) => {
          const fields = [...change.values].map(([name, value]) => `${name}=${String(value)}`);
          return [number, change.nativeId.slice(14, 15), change.kind, ...fields].join(' ');
        }),
  );
  return { lines, count };
}

describe('steps', () => {
  it('number every change of a record', async () => {
    const merged = accountEvent({ recordIds: [A, B], changedFields: [bits(2)] }, { Type: 'X' });
    expect(await told(merged, accountEvent({ changeType: 'DELETE', recordIds: [A] }))).toEqual({
      lines: ['11 1 update Type=X', '12 2 update Type=X', '13 1 delete'],
      count: 13n,
    });
  });

  it('join the events of one save, so that its stamp covers all of them', async () => {
    const transactionKey = 'one save';
    expect(
      await told(
        accountEvent({ transactionKey, recordIds: [A, B], changedFields: [bits(2)] }, { Type: 'X' }),
        accountEvent(
          { transactionKey, recordIds: [A], changedFields: [bits(1, 9)] },
          { Name: 'N', Sync_Stamp__c: 's' },
        ),
        accountEvent({ recordIds: [A], changedFields: [bits(1)] }, { Name: 'by a user' }),
      ),
    ).toEqual({
      lines: ['12 2 update Type=X', '13 1 update Type=X Name=N Sync_Stamp__c=s', '14 1 update Name=by a user'],
      count: 14n,
    });
  });

  it('keep a create and its updates together and a delete apart', async () => {
    const transactionKey = 'one transaction';
    const { lines } = await told(
      accountEvent({ transactionKey, changeType: 'DELETE' }),
      accountEvent({ transactionKey, changeType: 'UNDELETE' }),
      accountEvent({ transactionKey, changedFields: [bits(1)] }, { Name: 'N' }),
    );
    expect(lines).toEqual(['11 1 delete', expect.stringMatching(/^13 1 undelete .* Name=N/)]);
  });

  it('are cut where the whole object has to be read', async () => {
    const overflow = accountEvent({ changeType: 'GAP_OVERFLOW', recordIds: ['000000000000000AAA'] });
    expect(
      await told(accountEvent({ changeType: 'DELETE' }), overflow, accountEvent({ changeType: 'DELETE' })),
    ).toEqual({
      lines: ['11 1 delete', 'reload GAP_OVERFLOW', '12 1 delete'],
      count: 12n,
    });
  });

  it('stop at an event whose header cannot be read', async () => {
    const event = { ...accountEvent({}), payload: Buffer.from([0]) };
    await expect(told(event)).rejects.toMatchObject({ code: 'salesforce.event_unreadable', reaction: 'halt' });
  });
});

it('positions sort as text', () => {
  const positions = [
    positionOf(1n, 0n),
    positionOf(1n, 9n),
    positionOf(1n, 16n),
    positionOf(2n, 0n),
    positionOf(16n, 1n),
  ];
  expect([...positions].sort()).toEqual(positions);
  expect(positions[2]).toBe('000000010000000000000010');
});
