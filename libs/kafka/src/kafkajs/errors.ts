/** Translates what kafkajs throws into the closed list of our errors. */
import { KafkaError } from '../errors.ts';

type KafkaJsLikeError = Error & { type?: string; code?: string | number; cause?: unknown; helpUrl?: string };

/** What the caller was doing, in words that fit behind "Kafka: "; and the brokers, so that every error names them. */
export type ErrorPlace = { action: string; brokers: readonly string[] };

const notAuthorizedTypes = new Set([
  'TOPIC_AUTHORIZATION_FAILED',
  'GROUP_AUTHORIZATION_FAILED',
  'CLUSTER_AUTHORIZATION_FAILED',
  'TRANSACTIONAL_ID_AUTHORIZATION_FAILED',
]);
const authTypes = new Set(['SASL_AUTHENTICATION_FAILED', 'UNSUPPORTED_SASL_MECHANISM', 'ILLEGAL_SASL_STATE']);
const tooLargeTypes = new Set(['MESSAGE_TOO_LARGE', 'RECORD_LIST_TOO_LARGE']);
const groupTypes = new Set([
  'REBALANCE_IN_PROGRESS',
  'ILLEGAL_GENERATION',
  'UNKNOWN_MEMBER_ID',
  'NOT_COORDINATOR_FOR_GROUP',
  'FENCED_INSTANCE_ID',
]);
const topicRefusedTypes = new Set([
  'INVALID_REPLICATION_FACTOR',
  'INVALID_PARTITIONS',
  'INVALID_CONFIG',
  'INVALID_TOPIC_EXCEPTION',
  'POLICY_VIOLATION',
]);
const connectionNames = new Set([
  'KafkaJSConnectionError',
  'KafkaJSConnectionClosedError',
  'KafkaJSRequestTimeoutError',
  'KafkaJSBrokerNotFound',
  'KafkaJSNoBrokerAvailableError',
  'KafkaJSTimeout',
  'KafkaJSLockTimeout',
  'KafkaJSSASLAuthenticationError',
]);

export function toKafkaError(thrown: unknown, place: ErrorPlace): KafkaError {
  if (thrown instanceof KafkaError) return thrown;
  const chain = causesOf(thrown);
  const text = `Kafka: ${place.action} failed: ${chain[0]?.message ?? String(thrown)}`;
  const options = { cause: thrown };
  const types = chain.map((error) => error.type ?? '');
  if (chain.some(isRefusal)) return authError(place, options);
  if (types.some((type) => authTypes.has(type))) return authError(place, options);
  if (chain.some(isTlsTrouble)) return tlsError(place, chain, options);
  if (types.some((type) => notAuthorizedTypes.has(type))) {
    return new KafkaError({ code: 'kafka.not_authorized', message: text, hint: notAuthorizedHint }, options);
  }
  if (types.includes('UNKNOWN_TOPIC_OR_PARTITION')) {
    return new KafkaError({ code: 'kafka.topic_missing', message: text, hint: topicMissingHint }, options);
  }
  if (types.some((type) => tooLargeTypes.has(type))) {
    return new KafkaError({ code: 'kafka.message_too_large', message: text, hint: tooLargeHint }, options);
  }
  if (types.some((type) => groupTypes.has(type))) {
    return new KafkaError({ code: 'kafka.group_changed', message: text, hint: groupChangedHint }, options);
  }
  if (types.some((type) => topicRefusedTypes.has(type))) {
    return new KafkaError({ code: 'kafka.topic_refused', message: text, hint: topicRefusedHint }, options);
  }
  if (chain.some((error) => connectionNames.has(error.name))) return unreachableError(place, thrown);
  return new KafkaError({ code: 'kafka.failed', message: text, hint: failedHint }, options);
}

export function unreachableError(place: ErrorPlace, cause: unknown): KafkaError {
  const reason = causesOf(cause).at(-1)?.message ?? 'no answer';
  return new KafkaError(
    {
      code: 'kafka.unreachable',
      message: `Kafka: ${place.action} failed: no broker of ${place.brokers.join(', ')} can be reached (${reason})`,
      hint:
        'Check that the brokers run and that the addresses are right (CONCORD_KAFKA_BROKERS). If only some addresses ' +
        'answer, check advertised.listeners: clients are sent on to the addresses that the brokers advertise. A broker ' +
        'that closes connections at once may expect TLS or SASL.',
    },
    { cause },
  );
}

export function topicsMissingError(topics: readonly string[]): KafkaError {
  return new KafkaError({
    code: 'kafka.topic_missing',
    message: `Kafka: topic ${topics.join(', ')} does not exist`,
    hint: topicMissingHint,
  });
}

function authError(place: ErrorPlace, options: { cause: unknown }): KafkaError {
  return new KafkaError(
    {
      code: 'kafka.auth',
      message: `Kafka: ${place.action} failed: ${place.brokers.join(', ')} refused the credentials`,
      hint: 'Check the SASL mechanism, user and password of the Kafka connection against the cluster, and that the listener uses SASL.',
    },
    options,
  );
}

function tlsError(place: ErrorPlace, chain: KafkaJsLikeError[], options: { cause: unknown }): KafkaError {
  return new KafkaError(
    {
      code: 'kafka.tls',
      message: `Kafka: ${place.action} failed: no TLS connection to ${place.brokers.join(', ')} (${chain.at(-1)?.message})`,
      hint: 'Check whether the listener expects TLS, and that the configured authority signed its certificate.',
    },
    options,
  );
}

/** kafkajs calls it a failed authentication, too, when a broker goes away in the middle of one; that heals by itself. */
function isRefusal(error: KafkaJsLikeError): boolean {
  return error.name === 'KafkaJSSASLAuthenticationError' && !/connection|timed out|ECONN|EPIPE/i.test(error.message);
}

function isTlsTrouble(error: KafkaJsLikeError): boolean {
  return /certificate|SSL routines|wrong version number|ERR_TLS|packet length too long/i.test(
    `${error.message} ${error.code ?? ''}`,
  );
}

/** Whether Kafka answered with one of these errors, however deep kafkajs has wrapped it. */
export function isOfType(thrown: unknown, ...types: string[]): boolean {
  return causesOf(thrown).some(({ type }) => type !== undefined && types.includes(type));
}

function causesOf(thrown: unknown): KafkaJsLikeError[] {
  const chain: KafkaJsLikeError[] = [];
  let next: unknown = thrown;
  while (next instanceof Error && chain.length < 10) {
    chain.push(next);
    const nested: unknown = (next as { errors?: unknown[] }).errors?.[0];
    next = nested ?? next.cause;
  }
  return chain;
}

const topicMissingHint =
  'Run `concord apply`, which creates the topics; Concord never relies on topics being created by themselves.';
const notAuthorizedHint = 'Grant the service read, write and describe on its topics and read on its group.';
const tooLargeHint =
  'Raise max.message.bytes of the topic (and message.max.bytes of the brokers), or leave large fields out of the sync.';
const groupChangedHint = 'The group is being rebalanced; go on polling, the partitions are handed out anew.';
const topicRefusedHint =
  'The cluster refused the settings of a topic: check that it has as many brokers as the replication asks for.';
const failedHint = 'Look at the cause and at the log of the broker; sending or polling again is safe.';
