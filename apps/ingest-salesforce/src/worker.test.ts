import { describe, expect, it } from 'vitest';
import { IngestWorker, type SourceRun } from './worker.ts';

function setup(runs: ((signal: AbortSignal) => Promise<void>)[]) {
  const order: string[] = [];
  const untilAborted = (signal: AbortSignal): Promise<void> =>
    new Promise((resolve) => signal.addEventListener('abort', () => resolve()));
  const sources = runs.map((run, index): SourceRun => ({
    source: {
      topics: [`/data/${index}`],
      run: async (signal) => {
        await run(signal);
        await untilAborted(signal);
        order.push(`source ${index} drained`);
      },
    },
    client: { close: async () => void order.push(`client ${index} closed`) },
    telemetry: {
      troubles: (topics) => (index === 1 ? topics.map((topic) => `${topic}: halted`) : []),
      measure: () => undefined,
    },
  }));
  const worker = new IngestWorker({
    sources,
    close: async () => void order.push('base closed'),
  });
  return { worker, order };
}
const fine = async (): Promise<void> => undefined;
const broken = async (): Promise<void> => {
  throw new Error('every object has halted');
};

describe('the worker', () => {
  it('stops its sources before what they need', async () => {
    const { worker, order } = setup([fine]);
    await worker.start();
    await Promise.all([worker.stop(), worker.stop()]);
    expect(order).toEqual(['source 0 drained', 'client 0 closed', 'base closed']);
  });

  it('is ready when every stream is well', async () => {
    expect(setup([fine]).worker.ready()).toEqual({ ok: true, detail: '1 streams open' });
    expect(setup([fine, fine]).worker.ready()).toEqual({ ok: false, detail: '/data/1: halted' });
  });

  it('fails only when no org is left to read', async () => {
    const { worker } = setup([broken, broken]);
    await worker.start();
    await expect(worker.failed).rejects.toThrow('every object has halted');
    const one = setup([broken, fine]).worker;
    await one.start();
    expect(await Promise.race([one.failed, new Promise((resolve) => setImmediate(() => resolve('runs on')))])).toBe(
      'runs on',
    );
    await one.stop();
  });
});
