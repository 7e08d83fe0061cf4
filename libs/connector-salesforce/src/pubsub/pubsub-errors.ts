/**
 * The error codes that the Pub/Sub API puts in its status trailer, and what Concord does about each. An expired replay id and
 * a garbled one carry the same code: either way events may have been missed, so the object is read anew.
 */
import { ConnectorError, type Reaction } from '@concord/connector-kit';
import { unreachable } from '../errors.ts';

const PREFIX = 'sfdc.platform.eventbus.grpc.';

type Meaning = { readonly code: string; readonly reaction: Reaction; readonly hint: string };

const passing: Meaning = {
  code: 'salesforce.stream_interrupted',
  reaction: 'retry',
  hint: 'Nothing to do: the stream is opened again from the last stored position.',
};
const throttled: Meaning = {
  code: 'salesforce.throttled',
  reaction: 'retry',
  hint: 'Check the event delivery allocation of the org and how many clients subscribe; Concord tries again by itself, slowly.',
};
const session: Meaning = {
  code: 'salesforce.session_refused',
  reaction: 'retry',
  hint: 'A new token is asked for. If it keeps happening, check IP restrictions and the session policies of the integration user.',
};
const expired: Meaning = {
  code: 'salesforce.replay_expired',
  reaction: 'halt',
  hint: 'The stored position is older than 72 hours or unknown to this org; the object is read anew so that nothing is missing.',
};
const topic: Meaning = {
  code: 'salesforce.topic_unavailable',
  reaction: 'halt',
  hint: 'Select the object under Setup > Change Data Capture and give the integration user View All on it.',
};
const misuse: Meaning = {
  code: 'salesforce.protocol',
  reaction: 'halt',
  hint: 'Check instance URL and org of this system; if they are right this is a fault of Concord: report it with the message.',
};
const licence: Meaning = {
  code: 'salesforce.not_licensed',
  reaction: 'halt',
  hint: 'The org lacks Change Data Capture or the Pub/Sub API: ask the Salesforce administrator for the licence.',
};

const MEANINGS: Readonly<Record<string, Meaning>> = {
  'service.unavailable': passing,
  'service.auth.error': session,
  'service.auth.headers.invalid': misuse,
  'service.auth.refresh.invalid': misuse,
  'service.protection.triggered': throttled,
  'service.protection.stream.limit.triggered': throttled,
  'concurrent.client.limit.exceeded': throttled,
  'service.tenant.license': licence,
  'topic.not.found': topic,
  'topic.meta.permission': topic,
  'topic.validation.empty': topic,
  'topic.api.unavailable': passing,
  'schema.api.unavailable': passing,
  'schema.meta.permission': topic,
  'schema.validation.failed': misuse,
  'subscription.fetch.replayid.corrupted': expired,
  'subscription.fetch.replayid.validation.failed': expired,
  'subscription.fetch.replay.repeated': passing,
  'subscription.limit.exceeded': throttled,
  'subscription.fetch.overflow': misuse,
  'subscription.fetch.requested.events.invalid': misuse,
  'subscription.fetch.topic.mismatch': misuse,
  'subscription.fetch.request.invalid': misuse,
  'subscription.topic.cannot.subscribe': topic,
  'subscription.internal.error': passing,
};

/** gRPC statuses that are worth another try when no known code came along: the connection broke or the server was busy. */
const TRANSIENT_STATUSES: ReadonlySet<number> = new Set([1, 2, 4, 8, 10, 13, 14]);
const UNAUTHENTICATED = 16;

type GrpcError = { code?: number; details?: string; metadata?: { get(key: string): unknown[] } };

/** What a failed call means. `host` is where it went, `what` names the call. */
export function pubSubErrorOf(error: unknown, host: string, what: string): ConnectorError {
  if (error instanceof ConnectorError) return error;
  const { code: status, details = '', metadata } = error as GrpcError;
  const trailer = metadata?.get('error-code')[0]?.toString() ?? '';
  const suffix = trailer.startsWith(PREFIX) ? trailer.slice(PREFIX.length) : trailer;
  const meaning = MEANINGS[suffix] ?? (status === UNAUTHENTICATED ? session : undefined);
  if (meaning === undefined && (status === undefined || TRANSIENT_STATUSES.has(status)))
    return unreachable(host, error);
  const { code, reaction, hint } = meaning ?? misuse;
  return new ConnectorError(
    {
      code,
      reaction,
      hint,
      message: `${what} at ${host}: ${suffix || `gRPC status ${status}`}${details && `: ${details}`}`,
    },
    { cause: error },
  );
}
