import { expect, test } from 'vitest';
import { describeFailure, toConnectorError } from './errors.ts';
import { verdictOf } from './sql-states.ts';

test.each([
  // SQLSTATE or errno, what is at fault, code
  ['08006', 'passing', 'sink.unreachable'],
  ['40001', 'passing', 'sink.unreachable'],
  ['40P01', 'passing', 'sink.unreachable'],
  ['53300', 'passing', 'sink.unreachable'],
  ['55P03', 'passing', 'sink.unreachable'],
  ['57P01', 'passing', 'sink.unreachable'],
  ['57P03', 'passing', 'sink.unreachable'],
  ['57014', 'passing', 'sink.unreachable'],
  ['25006', 'passing', 'sink.unreachable'],
  ['ECONNREFUSED', 'passing', 'sink.unreachable'],
  ['EPIPE', 'passing', 'sink.unreachable'],
  ['22001', 'row', 'sink.rejected'],
  ['22P02', 'row', 'sink.rejected'],
  ['22021', 'row', 'sink.rejected'],
  ['23502', 'row', 'sink.constraint'],
  ['23503', 'row', 'sink.reference_missing'],
  ['23505', 'row', 'sink.constraint'],
  ['23P01', 'row', 'sink.constraint'],
  ['44000', 'row', 'sink.constraint'],
  ['54000', 'row', 'sink.rejected'],
  ['P0001', 'row', 'sink.rejected'],
  ['28P01', 'broken', 'sink.auth'],
  ['3D000', 'broken', 'sink.auth'],
  ['42501', 'broken', 'sink.permission'],
  ['42P01', 'broken', 'sink.schema'],
  ['42703', 'broken', 'sink.schema'],
  ['42804', 'broken', 'sink.schema'],
  ['XX000', 'broken', 'postgres.failed'],
])('%s is %s: %s', (code, kind, expected) => {
  expect(verdictOf({ code })).toMatchObject({ kind, code: expected });
});

test('a connection that ended without a code passes', () => {
  expect(verdictOf({ message: 'Connection terminated unexpectedly' }).kind).toBe('passing');
  expect(verdictOf({ message: 'x is not a function' }).kind).toBe('broken');
});

test('a server without TLS is told as such', () => {
  const verdict = verdictOf({ message: 'The server does not support SSL connections' });
  expect(verdict).toMatchObject({
    kind: 'broken',
    code: 'sink.auth',
    hint: expect.stringContaining('"ssl": "disable"'),
  });
});

test('no value of a row is shown', () => {
  const error = {
    code: '22P02',
    message: 'invalid input syntax for type integer: "4111 1111"',
    detail: 'Key (a)=(4111)',
  };
  expect(describeFailure({ ...error, column: 'card' })).toBe(
    'a value is malformed for its column’s type (22P02, column card)',
  );
  const tooLong = { code: '22001', message: 'value too long for type character varying(5)' };
  expect(describeFailure(tooLong)).toBe('a text is longer than its column (22001, character varying(5))');
  expect(toConnectorError(error, 'db:5432/x').message).not.toContain('4111');
  expect(toConnectorError(error, 'db:5432/x').cause).toBeUndefined();
});
