// What every REST handler needs: who calls, under which origin, and the object and record that the path names.
import type { FastifyRequest } from 'fastify';
import { ApiError, notFound } from '../errors.ts';
import { normalizeId } from '../ids.ts';
import type { ObjectType } from '../model/object-type.ts';
import type { Session, Sessions } from '../oauth/sessions.ts';
import type { Org } from '../store/org.ts';
import type { StoredRecord } from '../store/record.ts';
import type { Actor } from '../store/transaction.ts';

declare module 'fastify' {
  interface FastifyRequest {
    session: Session | null;
  }
}

export type RestParts = { org: Org; sessions: Sessions };

/** The path's parameters; which of them exist depends on the route. */
export type Path = { version: string; object: string; id: string; field: string; value: string; locator: string };

export const pathOf = (request: FastifyRequest) => request.params as Path;
export const queryOf = (request: FastifyRequest) => request.query as Record<string, string | undefined>;

export function authenticate(request: FastifyRequest, sessions: Sessions): Session {
  const token = /^(?:Bearer|OAuth) (.+)$/i.exec(request.headers.authorization ?? '')?.[1];
  const session = token === undefined ? undefined : sessions.use(token);
  if (session) return session;
  throw new ApiError('INVALID_SESSION_ID', 'Session expired or invalid', { status: 401 });
}

/** The event's origin names the API and its version, and the client id if the caller gives one. */
export function actorOf(request: FastifyRequest): Actor {
  const client = /(?:^|[,\s])client\s*=\s*([^,]+)/i.exec(header(request, 'sforce-call-options') ?? '')?.[1]?.trim();
  const version = pathOf(request).version.replace(/^v/, '');
  const origin = `com/salesforce/api/rest/${version}${client ? `;client=${client}` : ''}`;
  return { userId: request.session!.userId, origin };
}

export function header(request: FastifyRequest, name: string): string | undefined {
  const value = request.headers[name];
  return Array.isArray(value) ? value[0] : value;
}

export function objectOf(org: Org, name: string): ObjectType {
  const type = org.catalogue.find(name);
  if (!type) throw notFound();
  return type;
}

/** The record that a path names, deleted or not; what is no id of the object is told apart from what does not exist. */
export function rowOf(org: Org, type: ObjectType, text: string): StoredRecord {
  const id = normalizeId(text);
  if (id === undefined) throw notFound(`Provided external ID field does not exist or is not accessible: ${text}`);
  if (!id.startsWith(type.facts.keyPrefix)) throw new ApiError('MALFORMED_ID', `malformed id ${text}`);
  const record = org.store.table(type.name).get(id);
  if (!record) throw notFound();
  return record;
}

export function bodyOf(request: FastifyRequest): Record<string, unknown> {
  const body = request.body;
  if (typeof body === 'object' && body !== null && !Array.isArray(body)) return body as Record<string, unknown>;
  throw new ApiError('JSON_PARSER_ERROR', 'The request body must be a JSON object');
}
