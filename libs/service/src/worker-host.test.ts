import { createLogger, createMetrics } from '@concord/observability';
import { expect, it } from 'vitest';
import { WorkerHost } from './worker-host.ts';
import type { Worker } from './worker.ts';

const context = {
  settings: {
    configPaths: [],
    storeUrl: '',
    kafkaBrokers: [],
    registryUrl: '',
    httpPort: 0,
    logLevel: 'silent',
  },
  logger: createLogger({ service: 't', version: '0', level: 'silent' }),
  metrics: createMetrics({ service: 't', version: '0', defaultMetrics: false }),
};

function setup() {
  const failed = Promise.withResolvers<unknown>();
  const running = Promise.withResolvers<void>();
  const told: string[] = [];
  const worker: Worker = {
    ready: () => ({ ok: true, detail: 'assigned 6 partitions' }),
    start: async () => void told.push('start'),
    stop: async () => void told.push('stop'),
    failed: failed.promise,
  };
  return { host: new WorkerHost(), worker, failed, running, told };
}

it('is ready only while it runs', async () => {
  const { host, worker, running, told } = setup();
  expect(host.ready()).toEqual({ ok: false, detail: 'starting' });
  void host.run(async () => worker, context, running.resolve);
  await running.promise;
  expect(host.ready()).toEqual({ ok: true, detail: 'assigned 6 partitions' });
  await Promise.all([host.stop(), host.stop()]);
  expect(host.ready()).toEqual({ ok: false, detail: 'stopped' });
  expect(told).toEqual(['start', 'stop']);
});

it.each(['resolve', 'reject'] as const)('a failure that comes as a %s is returned', async (how) => {
  const { host, worker, running, failed } = setup();
  const life = host.run(async () => worker, context, running.resolve);
  await running.promise;
  failed[how](new Error('fenced'));
  expect(await life).toEqual(new Error('fenced'));
  expect(host.ready()).toEqual({ ok: false, detail: 'failed' });
});

it('a failure while building or starting is returned', async () => {
  const { host } = setup();
  expect(
    await host.run(
      () => Promise.reject(new Error('no store')),
      context,
      () => {},
    ),
  ).toEqual(new Error('no store'));
  const second = setup();
  const worker = { ...second.worker, start: () => Promise.reject(new Error('no broker')) };
  expect(
    await second.host.run(
      async () => worker,
      context,
      () => {},
    ),
  ).toEqual(new Error('no broker'));
});

it('an error while stopping is not a failure', async () => {
  const { host, worker, running, failed } = setup();
  const life = host.run(async () => worker, context, running.resolve);
  await running.promise;
  const stopped = host.stop();
  failed.reject(new Error('connection closed'));
  await stopped;
  expect(await life).toBeUndefined();
});

it('a worker that is still being built when the stop comes is told by the signal, and let go', async () => {
  const { host, worker, told } = setup();
  const life = host.run(
    ({ signal }) => new Promise((resolve) => signal.addEventListener('abort', () => resolve(worker))),
    context,
    () => told.push('running'),
  );
  await host.stop();
  expect(await life).toBeUndefined();
  expect(told).toEqual(['stop']);
});
