/** A whole service in a process of its own, for run-service.test.ts: a worker that does nothing, or fails when told to. */
import { runService } from '../src/index.ts';

const failed = Promise.withResolvers<unknown>();

await runService({
  name: 'sample',
  build: async ({ settings, logger }) => ({
    ready: () => ({ ok: true, detail: 'idle' }),
    start: async () => {
      if (settings.configPaths[0] === 'fail') failed.resolve(Object.assign(new Error('out of luck'), { code: 'x.y' }));
    },
    stop: async () => logger.info('drained'),
    failed: failed.promise,
  }),
});
