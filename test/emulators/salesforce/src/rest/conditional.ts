// Conditional requests as far as the vendor supports them: by date, whole seconds, for rows and describe.
import type { FastifyReply, FastifyRequest } from 'fastify';
import { ApiError } from '../errors.ts';
import { header } from './context.ts';

/** True when the caller's copy is still good; the reply then says so and has no body. */
export function isNotModified(request: FastifyRequest, reply: FastifyReply, modifiedAt: number): boolean {
  reply.header('last-modified', new Date(modifiedAt).toUTCString());
  const since = dateOf(request, 'if-modified-since');
  if (since === undefined || modifiedAt > since) return false;
  reply.code(304);
  return true;
}

export function checkUnmodified(request: FastifyRequest, modifiedAt: number): void {
  const since = dateOf(request, 'if-unmodified-since');
  if (since === undefined || modifiedAt <= since) return;
  throw new ApiError(
    'ENTITY_FAILED_IFLASTMODIFIED_ON_UPDATE_CHECK',
    'The record has been modified since the given time',
    { status: 412 },
  );
}

function dateOf(request: FastifyRequest, name: string): number | undefined {
  const text = header(request, name);
  if (text === undefined) return undefined;
  const milliseconds = Date.parse(text);
  if (!Number.isNaN(milliseconds)) return milliseconds;
  if (request.method === 'GET') return undefined;
  throw new ApiError('INVALID_HEADER', `The header ${name} is not a valid date: ${text}`);
}
