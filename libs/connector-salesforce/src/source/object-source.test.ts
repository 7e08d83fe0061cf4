import { describe, expect, it } from 'vitest';
import { ConnectorError } from '@concord/connector-kit';
import { bindPlans, type EntityBinding } from '../normalize/binding.ts';
import { SchemaCache } from '../pubsub/schema-cache.ts';
import { SalesforceRest } from '../rest/rest-client.ts';
import { accountEvent, bits } from '../testing/account-events.ts';
import { FakeOrg } from '../testing/fake-org.ts';
import { batchOf, FakePubSub } from '../testing/fake-pubsub.ts';
import { haltWith, MemoryCheckpoints, MemoryKnown, TellingPublisher } from '../testing/memory-ports.ts';
import { accountPlan } from '../testing/plans.ts';
import { FakeTiming } from '../testing/timing.ts';
import { ObjectSource } from './object-source.ts';
import { RecordReader } from './record-reader.ts';
import { Translator } from './translator.ts';

/** The run stops when a stream's last batch is done. */
function setup() {
  const org = new FakeOrg();
  const transport = new FakePubSub();
  const checkpoints = new MemoryCheckpoints();
  const known = new MemoryKnown();
  const timing = new FakeTiming();
  const stop = new AbortController();
  const events: string[] = [];
  const bindings = bindPlans([accountPlan()], 'salesforce') as [EntityBinding];
  const reader = new RecordReader(new SalesforceRest(org), timing, bindings);
  const publisher = new TellingPublisher(known);
  const source = new ObjectSource({
    system: 'salesforce',
    bindings,
    transport,
    schemas: new SchemaCache(transport),
    reader,
    translator: new Translator(bindings, known, reader),
    known,
    publisher,
    checkpoints,
    timing,
    telemetry: {
      opened: () => events.push('opened'),
      interrupted: ({ error }) => events.push(`interrupted: ${(error as ConnectorError).code}`),
      batchDone: () => {
        events.push('batch done');
        if (transport.streams.at(-1)?.isLast === true) stop.abort();
      },
      reloading: ({ why }) => events.push(`reloading: ${why}`),
      reloaded: ({ records }) => events.push(`reloaded ${records}`),
      halted: () => undefined,
    },
  });
  return { org, transport, checkpoints, known, publisher, events, stop, source };
}

const update = (recordId: string, Name: string) =>
  accountEvent({ recordIds: [recordId], changedFields: [bits(1)] }, { Name });

describe('the first start', () => {
  it('reads all records while the stream is held back, then goes on with the stream', async () => {
    const { org, transport, checkpoints, publisher, stop, source } = setup();
    const acme = org.add({ Name: 'Acme' });
    transport.script = (stream) => stream.finish(batchOf(update(acme.Id, 'Acme Ltd')));
    await source.run(stop.signal);
    expect(transport.opened[0]).toMatchObject({ topic: '/data/AccountChangeEvent', start: { preset: 'latest' } });
    expect(publisher.told).toEqual(['read Acme', '1/1 event Acme Ltd']);
    expect(checkpoints.checkpoint).toMatchObject({ count: 1n, generation: 1n, snapshotDone: true });
  });

  it('starts over with higher positions when the stream breaks before it has told a position', async () => {
    const { org, transport, publisher, stop, source } = setup();
    const acme = org.add({ Name: 'Acme' });
    transport.script = (stream, index) => {
      if (index === 0) stream.push(new ConnectorError({ code: 'x', reaction: 'retry', message: '', hint: '' }));
      else stream.finish(batchOf(update(acme.Id, 'Acme Ltd')));
    };
    await source.run(stop.signal);
    expect(publisher.told.slice(-2)).toEqual(['read Acme', '2/1 event Acme Ltd']);
  });

  it('starts over when reading fails, without waiting for the stream to speak', async () => {
    const { org, transport, publisher, events, stop, source } = setup();
    org.add({ Name: 'Acme' });
    org.faults.push(
      () => new ConnectorError({ code: 'salesforce.unreachable', reaction: 'retry', message: '', hint: '' }),
    );
    transport.script = (stream, index) => (index === 1 ? stream.finish(batchOf()) : undefined);
    await source.run(stop.signal);
    expect(events).toContain('interrupted: salesforce.unreachable');
    expect(publisher.told).toEqual(['read Acme']);
  });

  it('halts when reading fails for good', async () => {
    const { org, stop, source } = setup();
    org.faults.push(() => haltWith('salesforce.refused'));
    await expect(source.run(stop.signal)).rejects.toMatchObject({ code: 'salesforce.refused' });
  });
});

describe('a later start', () => {
  function started() {
    const bundle = setup();
    bundle.checkpoints.checkpoint = { replayId: Buffer.from([7]), count: 40n, generation: 3n, snapshotDone: true };
    const acme = bundle.org.add({ Name: 'Acme' });
    bundle.known.entities.set(acme.Id, ['accounts']);
    return { ...bundle, acme };
  }

  it('goes on where the checkpoint is, with the same numbers for the same events', async () => {
    const { transport, checkpoints, publisher, stop, source, acme } = started();
    transport.script = (stream) => stream.finish(batchOf(update(acme.Id, 'A'), update(acme.Id, 'B')));
    await source.run(stop.signal);
    expect(transport.opened[0]?.start).toEqual({ preset: 'custom', replayId: Buffer.from([7]) });
    expect(publisher.told).toEqual(['3/41 event A', '3/42 event B']);
    expect(checkpoints.checkpoint.count).toBe(42n);
  });

  it('waits for a store that cannot be reached yet', async () => {
    const { transport, checkpoints, events, publisher, stop, source, acme } = started();
    const lease = checkpoints.lease.bind(checkpoints);
    checkpoints.lease = async () => {
      checkpoints.lease = lease;
      throw new ConnectorError({ code: 'store.unreachable', reaction: 'retry', message: '', hint: '' });
    };
    transport.script = (stream) => stream.finish(batchOf(update(acme.Id, 'A')));
    await source.run(stop.signal);
    expect(events[0]).toBe('interrupted: store.unreachable');
    expect(publisher.told).toEqual(['3/41 event A']);
  });

  it('saves no checkpoint for what could not be published', async () => {
    const { transport, checkpoints, stop, source, acme, publisher } = started();
    publisher.failure = haltWith('kafka.unauthorized');
    transport.script = (stream) => stream.push(batchOf(update(acme.Id, 'A')));
    await expect(source.run(stop.signal)).rejects.toMatchObject({ code: 'kafka.unauthorized' });
    expect(checkpoints.checkpoint.count).toBe(40n);
  });

  it('stops when another reader has taken over', async () => {
    const { transport, checkpoints, stop, source, acme } = started();
    transport.script = (stream) => {
      checkpoints.epoch += 1n;
      stream.push(batchOf(update(acme.Id, 'A')));
    };
    await expect(source.run(stop.signal)).rejects.toMatchObject({ code: 'store.fenced' });
  });

  it('reads a record whose event does not tell enough, once per batch', async () => {
    const { org, transport, publisher, stop, source, acme } = started();
    const gap = () => accountEvent({ recordIds: [acme.Id], changeType: 'GAP_UPDATE' });
    transport.script = (stream) => stream.finish(batchOf(update(acme.Id, 'A'), gap(), update(acme.Id, 'B'), gap()));
    await source.run(stop.signal);
    expect(publisher.told).toEqual(['3/41 event A', 'read Acme', '3/43 event B']);
    expect(org.calls).toEqual(['GET queryAll']);
  });

  it('reads everything anew after an overflow, and finds what was deleted', async () => {
    const { org, transport, known, publisher, stop, source } = started();
    org.add({ Name: 'New' });
    const gone = org.add({ Name: 'Gone', IsDeleted: true });
    known.entities.set(gone.Id, ['accounts']);
    const overflow = accountEvent({ changeType: 'GAP_OVERFLOW', recordIds: ['000000000000000AAA'] });
    transport.script = (stream) => stream.finish(batchOf(overflow));
    await source.run(stop.signal);
    expect(publisher.told).toEqual(['read Acme', 'read New', 'read deleted']);
  });

  it('reads everything anew when the replay id has expired', async () => {
    const { transport, checkpoints, publisher, events, stop, source } = started();
    transport.script = (stream, index) => {
      if (index === 0) stream.push(haltWith('salesforce.replay_expired'));
      else stream.finish(batchOf());
    };
    await source.run(stop.signal);
    expect(events.slice(0, 3)).toEqual(['opened', 'interrupted: salesforce.replay_expired', 'opened']);
    expect(publisher.told).toEqual(['read Acme']);
    expect(checkpoints.checkpoint).toMatchObject({ generation: 4n, count: 0n, snapshotDone: true });
  });
});
