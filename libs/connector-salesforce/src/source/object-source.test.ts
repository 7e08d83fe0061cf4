import { describe, expect, it } from 'vitest';
import { ConnectorError, type SourceFact } from '@concord/connector-kit';
import { bindPlans, type EntityBinding } from '../normalize/binding.ts';
import { SchemaCache } from '../pubsub/schema-cache.ts';
import { SalesforceRest } from '../rest/rest-client.ts';
import { accountEvent, bits } from '../testing/account-events.ts';
import { FakeOrg } from '../testing/fake-org.ts';
import { batchOf, FakePubSub } from '../testing/fake-pubsub.ts';
import { accountPlan } from '../testing/plans.ts';
import { FakeTiming } from '../testing/timing.ts';
import { ObjectSource } from './object-source.ts';
import type { Checkpoint, CheckpointLease, CheckpointStore, KnownRange, KnownRecords } from './ports.ts';
import { RecordReader } from './record-reader.ts';
import { Translator } from './translator.ts';

class MemoryCheckpoints implements CheckpointStore {
  epoch = 0n;
  checkpoint: Checkpoint = { replayId: null, count: 0n, generation: 0n, snapshotDone: false };

  async lease(source: string): Promise<CheckpointLease> {
    this.epoch += 1n;
    return { source, epoch: this.epoch, checkpoint: this.checkpoint };
  }

  async save(lease: CheckpointLease, checkpoint: Checkpoint): Promise<void> {
    if (lease.epoch !== this.epoch) throw halt('store.fenced');
    this.checkpoint = checkpoint;
  }
}

/** Learns records from what is published, as the real publisher makes the store do. */
class MemoryKnown implements KnownRecords {
  readonly entities = new Map<string, string[]>();

  async entitiesOf(_: string, nativeIds: readonly string[]): Promise<Map<string, string[]>> {
    return new Map(nativeIds.flatMap((id) => (this.entities.has(id) ? [[id, this.entities.get(id)!] as const] : [])));
  }

  async nativeIdsBetween({ after, upTo, limit }: KnownRange): Promise<string[]> {
    return [...this.entities.keys()]
      .sort()
      .filter((id) => id > after && (upTo === null || id <= upTo))
      .slice(0, limit);
  }
}

function halt(code: string): ConnectorError {
  return new ConnectorError({ code, reaction: 'halt', message: code, hint: '' });
}

/** `told` has a line per fact; the run stops when `until` lines are there. */
function setup() {
  const org = new FakeOrg();
  const transport = new FakePubSub();
  const checkpoints = new MemoryCheckpoints();
  const known = new MemoryKnown();
  const timing = new FakeTiming();
  const told: string[] = [];
  const stop = new AbortController();
  const events: string[] = [];
  const bindings = bindPlans([accountPlan()], 'salesforce') as [EntityBinding];
  const reader = new RecordReader(new SalesforceRest(org), timing, bindings);
  let isPublishing = true;
  const publisher = {
    publish: async (facts: readonly SourceFact[]) => {
      if (!isPublishing) throw halt('kafka.unauthorized');
      for (const { change, entity } of facts) {
        known.entities.set(change.nativeId, [entity]);
        const how = change.snapshot ? 'read' : 'event';
        const name = change.values['account_name'] ?? change.existence;
        const [generation, count] = [change.position.slice(0, 8), change.position.slice(8)];
        const place = change.snapshot ? '' : `${Number.parseInt(generation, 16)}/${Number.parseInt(count, 16)} `;
        told.push(`${place}${how} ${name}`);
      }
    },
  };
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
  const refusePublishing = () => (isPublishing = false);
  return { org, transport, checkpoints, known, told, events, stop, source, refusePublishing };
}

const update = (recordId: string, Name: string) =>
  accountEvent({ recordIds: [recordId], changedFields: [bits(1)] }, { Name });

describe('the first start', () => {
  it('reads all records while the stream is held back, then goes on with the stream', async () => {
    const { org, transport, checkpoints, told, stop, source } = setup();
    const acme = org.add({ Name: 'Acme' });
    transport.script = (stream) => stream.finish(batchOf(update(acme.Id, 'Acme Ltd')));
    await source.run(stop.signal);
    expect(transport.opened[0]).toMatchObject({ topic: '/data/AccountChangeEvent', start: { preset: 'latest' } });
    expect(told).toEqual(['read Acme', '1/1 event Acme Ltd']);
    expect(checkpoints.checkpoint).toMatchObject({ count: 1n, generation: 1n, snapshotDone: true });
  });

  it('starts over with higher positions when the stream breaks before it has told a position', async () => {
    const { org, transport, told, stop, source } = setup();
    const acme = org.add({ Name: 'Acme' });
    transport.script = (stream, index) => {
      if (index === 0) stream.push(new ConnectorError({ code: 'x', reaction: 'retry', message: '', hint: '' }));
      else stream.finish(batchOf(update(acme.Id, 'Acme Ltd')));
    };
    await source.run(stop.signal);
    expect(told.slice(-2)).toEqual(['read Acme', '2/1 event Acme Ltd']);
  });

  it('starts over when reading fails, without waiting for the stream to speak', async () => {
    const { org, transport, told, events, stop, source } = setup();
    org.add({ Name: 'Acme' });
    org.faults.push(
      () => new ConnectorError({ code: 'salesforce.unreachable', reaction: 'retry', message: '', hint: '' }),
    );
    transport.script = (stream, index) => (index === 1 ? stream.finish(batchOf()) : undefined);
    await source.run(stop.signal);
    expect(events).toContain('interrupted: salesforce.unreachable');
    expect(told).toEqual(['read Acme']);
  });

  it('halts when reading fails for good', async () => {
    const { org, stop, source } = setup();
    org.faults.push(() => halt('salesforce.refused'));
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
    const { transport, checkpoints, told, stop, source, acme } = started();
    transport.script = (stream) => stream.finish(batchOf(update(acme.Id, 'A'), update(acme.Id, 'B')));
    await source.run(stop.signal);
    expect(transport.opened[0]?.start).toEqual({ preset: 'custom', replayId: Buffer.from([7]) });
    expect(told).toEqual(['3/41 event A', '3/42 event B']);
    expect(checkpoints.checkpoint.count).toBe(42n);
  });

  it('saves no checkpoint for what could not be published', async () => {
    const { transport, checkpoints, stop, source, acme, refusePublishing } = started();
    refusePublishing();
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
    const { org, transport, told, stop, source, acme } = started();
    const gap = () => accountEvent({ recordIds: [acme.Id], changeType: 'GAP_UPDATE' });
    transport.script = (stream) => stream.finish(batchOf(update(acme.Id, 'A'), gap(), update(acme.Id, 'B'), gap()));
    await source.run(stop.signal);
    expect(told).toEqual(['3/41 event A', 'read Acme', '3/43 event B']);
    expect(org.calls).toEqual(['GET queryAll']);
  });

  it('reads everything anew after an overflow, and finds what was deleted', async () => {
    const { org, transport, known, told, stop, source } = started();
    org.add({ Name: 'New' });
    const gone = org.add({ Name: 'Gone', IsDeleted: true });
    known.entities.set(gone.Id, ['accounts']);
    const overflow = accountEvent({ changeType: 'GAP_OVERFLOW', recordIds: ['000000000000000AAA'] });
    transport.script = (stream) => stream.finish(batchOf(overflow));
    await source.run(stop.signal);
    expect(told).toEqual(['read Acme', 'read New', 'read deleted']);
  });

  it('reads everything anew when the replay id has expired', async () => {
    const { transport, checkpoints, told, events, stop, source } = started();
    transport.script = (stream, index) => {
      if (index === 0) stream.push(halt('salesforce.replay_expired'));
      else stream.finish(batchOf());
    };
    await source.run(stop.signal);
    expect(events.slice(0, 3)).toEqual(['opened', 'interrupted: salesforce.replay_expired', 'opened']);
    expect(told).toEqual(['read Acme']);
    expect(checkpoints.checkpoint).toMatchObject({ generation: 4n, count: 0n, snapshotDone: true });
  });
});
