/**
 * Salesforce's own error codes and what Concord does about each. A code means something else for one row than for a whole
 * call: a row that is refused is set aside alone, whereas a call that can never succeed stops the system loudly.
 */
import { ConnectorError, type Reaction } from '@concord/connector-kit';

/** An error that Salesforce answered, with its own code and HTTP status kept. */
export class SalesforceApiError extends ConnectorError {
  readonly apiCode: string;
  readonly status: number;

  constructor(details: {
    code: string;
    reaction: Reaction;
    message: string;
    hint: string;
    apiCode: string;
    status: number;
  }) {
    super(details);
    this.name = 'SalesforceApiError';
    this.apiCode = details.apiCode;
    this.status = details.status;
  }
}

/** Conditions that pass by themselves. REQUEST_LIMIT_EXCEEDED takes minutes, hence its own delay in `isThrottled`. */
const TRANSIENT_CODES: ReadonlySet<string> = new Set([
  'UNABLE_TO_LOCK_ROW',
  'SERVER_UNAVAILABLE',
  'REQUEST_RUNNING_TOO_LONG',
  'QUERY_TIMEOUT',
  'TOO_MANY_APEX_REQUESTS',
  'INSERT_UPDATE_DELETE_NOT_ALLOWED_DURING_MAINTENANCE',
  'CONFLICT',
  'REQUEST_LIMIT_EXCEEDED',
  'INVALID_SESSION_ID',
  'CANNOT_EXECUTE_FLOW_TRIGGER',
  'INVALID_QUERY_LOCATOR',
]);

const TRANSIENT_STATUSES: ReadonlySet<number> = new Set([401, 408, 409, 420, 429, 500, 502, 503, 504]);

/** Codes that say the mapping, the permissions or the org's set-up are wrong: the next call would fail the same way. */
const SETUP_HINTS: Readonly<Record<string, string>> = {
  INVALID_FIELD:
    'A mapped field is missing or hidden from the integration user: fix the mapping or the field-level security, then run `concord apply`.',
  INVALID_TYPE: 'The object is missing or hidden from the integration user: check its name and the object permissions.',
  NOT_FOUND: 'The object or resource does not exist in this org: check the object name and the API version.',
  MALFORMED_QUERY: 'This is a fault of Concord or of a filter in the config: check the filter values.',
  API_DISABLED_FOR_ORG: 'Enable API access for the org and for the integration user.',
  API_CURRENTLY_DISABLED: 'Enable API access for the org and for the integration user.',
  INSUFFICIENT_ACCESS: 'Give the integration user Read, Edit, View All and Modify All on the object.',
  INSUFFICIENT_ACCESS_OR_READONLY: 'Give the integration user Edit and Modify All on the object.',
  UNSUPPORTED_API_VERSION: 'Set an API version that the org supports.',
};

export function reactionOfRow(apiCode: string): 'retry' | 'park' {
  return TRANSIENT_CODES.has(apiCode) ? 'retry' : 'park';
}

function reactionOfCall(status: number, apiCode: string): Reaction {
  if (TRANSIENT_CODES.has(apiCode) || TRANSIENT_STATUSES.has(status)) return 'retry';
  return apiCode in SETUP_HINTS ? 'halt' : 'park';
}

/** Limits over a day or of long calls: trying again within seconds only uses up more of them. */
export function isThrottled(error: unknown): boolean {
  return (
    (error instanceof SalesforceApiError && error.apiCode === 'REQUEST_LIMIT_EXCEEDED') ||
    (error instanceof ConnectorError && error.code === 'salesforce.throttled')
  );
}

/** The error of a call that answered with a status outside 2xx. `what` names the call, without its query or body. */
export function apiErrorOf(what: string, status: number, body: unknown): SalesforceApiError {
  const first: unknown = Array.isArray(body) ? body[0] : body;
  const { errorCode, message } = (typeof first === 'object' && first !== null ? first : {}) as Record<string, unknown>;
  const apiCode = typeof errorCode === 'string' ? errorCode : `HTTP_${status}`;
  const reaction = reactionOfCall(status, apiCode);
  const fallback =
    reaction === 'retry' ? 'It is tried again by itself.' : 'See the message; nothing was changed by this call.';
  return new SalesforceApiError({
    code: apiCode === 'INVALID_SESSION_ID' ? 'salesforce.auth' : 'salesforce.refused',
    reaction,
    message: `${what}: Salesforce answered ${status} ${apiCode}${typeof message === 'string' ? `: ${message}` : ''}`,
    hint: SETUP_HINTS[apiCode] ?? fallback,
    apiCode,
    status,
  });
}

/** The error of a call that got no answer. The call may have had its effect. */
export function unreachable(host: string, cause: unknown): ConnectorError {
  const text = cause instanceof Error ? cause.message || cause.name : String(cause);
  return new ConnectorError(
    {
      code: 'salesforce.unreachable',
      reaction: 'retry',
      message: `no answer from ${host}: ${text}`,
      hint: `Check that ${host} can be reached from here (name, port, proxy, firewall); Concord goes on by itself once it answers.`,
    },
    { cause },
  );
}

export function reactionOf(error: unknown): Reaction | undefined {
  return typeof error === 'object' && error !== null ? (error as { reaction?: Reaction }).reaction : undefined;
}
