import { expect, test } from 'vitest';
import { KafkaError } from '../errors.ts';
import { toKafkaError } from './errors.ts';

const place = { action: 'sending', brokers: ['one:9092', 'two:9092'] };
const thrown = (name: string, extra: object = {}) => Object.assign(new Error('some words'), { name, ...extra });
const wrapped = (cause: Error) =>
  Object.assign(new Error('retries exceeded', { cause }), { name: 'KafkaJSNumberOfRetriesExceeded' });

test.each([
  [wrapped(thrown('KafkaJSConnectionError', { code: 'ECONNREFUSED' })), 'kafka.unreachable', 'retry'],
  [thrown('KafkaJSRequestTimeoutError'), 'kafka.unreachable', 'retry'],
  [thrown('KafkaJSSASLAuthenticationError'), 'kafka.auth', 'halt'],
  [wrapped(thrown('KafkaJSProtocolError', { type: 'ILLEGAL_SASL_STATE' })), 'kafka.auth', 'halt'],
  [
    thrown('KafkaJSSASLAuthenticationError', { message: 'Connection closed by the server' }),
    'kafka.unreachable',
    'retry',
  ],
  [thrown('KafkaJSConnectionError', { message: 'self-signed certificate' }), 'kafka.tls', 'halt'],
  [thrown('KafkaJSProtocolError', { type: 'TOPIC_AUTHORIZATION_FAILED' }), 'kafka.not_authorized', 'halt'],
  [wrapped(thrown('KafkaJSProtocolError', { type: 'UNKNOWN_TOPIC_OR_PARTITION' })), 'kafka.topic_missing', 'halt'],
  [thrown('KafkaJSProtocolError', { type: 'MESSAGE_TOO_LARGE' }), 'kafka.message_too_large', 'park'],
  [thrown('KafkaJSProtocolError', { type: 'ILLEGAL_GENERATION' }), 'kafka.group_changed', 'retry'],
  [
    thrown('KafkaJSAggregateError', { errors: [thrown('x', { type: 'INVALID_REPLICATION_FACTOR' })] }),
    'kafka.topic_refused',
    'halt',
  ],
  [new Error('anything'), 'kafka.failed', 'retry'],
])('%s becomes %s', (error, code, reaction) => {
  const translated = toKafkaError(error, place);
  expect(translated).toMatchObject({ code, reaction, cause: error });
  expect(translated.hint).not.toBe('');
});

test('an unreachable cluster is named with its brokers', () => {
  expect(toKafkaError(thrown('KafkaJSConnectionError'), place).message).toContain('one:9092, two:9092');
});

test('our own errors pass unchanged', () => {
  const own = new KafkaError({ code: 'kafka.offset_lost', message: 'm', hint: 'h' });
  expect(toKafkaError(own, place)).toBe(own);
});
