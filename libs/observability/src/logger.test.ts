import { expect, it } from 'vitest';
import { createLogger, logFunction } from './logger.ts';

function setup(level?: string) {
  const lines: Record<string, unknown>[] = [];
  const destination = { write: (line: string) => void lines.push(JSON.parse(line) as Record<string, unknown>) };
  const logger = createLogger({ service: 'resolver', version: '1.2.3', destination, ...(level ? { level } : {}) });
  return { lines, logger };
}

it('writes one JSON line with the agreed keys', () => {
  const { lines, logger } = setup();
  logger.info({ entity: 'accounts', offset: '7' }, 'resolved');
  expect(lines).toEqual([
    {
      time: expect.stringMatching(/^\d{4}-\d\d-\d\dT.*Z$/),
      level: 'info',
      msg: 'resolved',
      service: 'resolver',
      version: '1.2.3',
      entity: 'accounts',
      offset: '7',
    },
  ]);
});

it('describes an error by its named facts and its causes only', () => {
  const { lines, logger } = setup();
  const driver = Object.assign(new Error('duplicate key'), { code: '23505', detail: 'Key (email)=(a@b.c) exists' });
  const error = Object.assign(new Error('cannot write', { cause: driver }), {
    code: 'sink.constraint',
    reaction: 'park',
    hint: 'Correct the data.',
    place: { topic: 'commands.postgres', partition: 3 },
  });
  logger.error({ err: error }, 'stopped');
  expect(lines[0]?.['err']).toMatchObject({
    type: 'Error',
    code: 'sink.constraint',
    reaction: 'park',
    hint: 'Correct the data.',
    place: { partition: 3 },
    cause: { message: 'duplicate key', code: '23505' },
  });
  expect(JSON.stringify(lines)).not.toContain('a@b.c');
});

it('lets no secret, no field value and no credentials of a URL through', () => {
  const { lines, logger } = setup();
  const url = 'postgres://concord:hunter2@db:5432/x';
  logger.info(
    { password: 'hunter2', system: { token: 'hunter2' }, change: { values: { name: 'hunter2' } } },
    `at ${url}`,
  );
  logger.error({ err: new Error(`no answer from ${url}`) });
  expect(JSON.stringify(lines)).not.toContain('hunter2');
  expect(lines[0]?.['msg']).toBe('at postgres://[redacted]@db:5432/x');
});

it('falls back to info and says so when the level is unknown', () => {
  const { lines, logger } = setup('loud');
  expect(logger.level).toBe('info');
  expect(lines[0]).toMatchObject({ level: 'warn', wanted: 'loud' });
});

it('serves libraries that want a function', () => {
  const { lines, logger } = setup();
  logFunction(logger)('warn', 'rebalancing', { group: 'resolver' });
  expect(lines[0]).toMatchObject({ level: 'warn', msg: 'rebalancing', group: 'resolver' });
});
