import { expect, it } from 'vitest';
import { apiErrorOf, reactionOfRow } from './errors.ts';

it.each([
  [400, 'UNABLE_TO_LOCK_ROW', 'retry', 'retry'],
  [503, 'SERVER_UNAVAILABLE', 'retry', 'retry'],
  [400, 'REQUEST_RUNNING_TOO_LONG', 'retry', 'retry'],
  [400, 'QUERY_TIMEOUT', 'retry', 'retry'],
  [403, 'TOO_MANY_APEX_REQUESTS', 'retry', 'retry'],
  [403, 'REQUEST_LIMIT_EXCEEDED', 'retry', 'retry'],
  [400, 'INSERT_UPDATE_DELETE_NOT_ALLOWED_DURING_MAINTENANCE', 'retry', 'retry'],
  [409, 'CONFLICT', 'retry', 'retry'],
  [401, 'INVALID_SESSION_ID', 'retry', 'retry'],
  [400, 'CANNOT_EXECUTE_FLOW_TRIGGER', 'retry', 'retry'],
  [400, 'INVALID_FIELD', 'halt', 'park'],
  [400, 'MALFORMED_QUERY', 'halt', 'park'],
  [404, 'NOT_FOUND', 'halt', 'park'],
  [403, 'INSUFFICIENT_ACCESS', 'halt', 'park'],
  [400, 'INSUFFICIENT_ACCESS_OR_READONLY', 'halt', 'park'],
  [400, 'FIELD_CUSTOM_VALIDATION_EXCEPTION', 'park', 'park'],
  [400, 'DUPLICATE_VALUE', 'park', 'park'],
  [400, 'REQUIRED_FIELD_MISSING', 'park', 'park'],
  [400, 'STRING_TOO_LONG', 'park', 'park'],
  [400, 'INVALID_CROSS_REFERENCE_KEY', 'park', 'park'],
  [400, 'ENTITY_IS_LOCKED', 'park', 'park'],
  [400, 'UNKNOWN_EXCEPTION', 'park', 'park'],
])('%d %s: a call may %s, a row %s', (status, apiCode, call, row) => {
  expect(apiErrorOf('query', status, [{ errorCode: apiCode, message: 'm' }])).toMatchObject({
    reaction: call,
    apiCode,
  });
  expect(reactionOfRow(apiCode)).toBe(row);
});

it.each([[500], [502], [503], [420], [429]])('a plain %d is tried again', (status) => {
  expect(apiErrorOf('query', status, null)).toMatchObject({ reaction: 'retry', apiCode: `HTTP_${status}` });
});
