/**
 * One HTTP call to the org: session, headers, time limit, and errors in our terms. A refused session is renewed and the
 * call repeated once; nothing else is repeated here, because only the caller knows whether repeating is safe.
 */
import { performance } from 'node:perf_hooks';
import { Agent, request, type Dispatcher } from 'undici';
import { apiErrorOf, unreachable } from '../errors.ts';
import type { Session, Sessions } from '../auth/session.ts';

export type HttpCall = {
  readonly method: 'GET' | 'POST' | 'PATCH' | 'DELETE';
  /** Path below the host, or below `/services/data/vXX.X` when it does not start with `/services`. */
  readonly path: string;
  readonly kind: 'query' | 'queryAll' | 'read' | 'describe' | 'write' | 'delete';
  /** Names the call in errors. */
  readonly what: string;
  readonly body?: unknown;
};

export type HttpReply = {
  readonly body: unknown;
  /** No later than the moment at which the server did its work, by the server's clock (ms); 0 when it sent no date. */
  readonly asOf: number;
  /** No earlier than that moment. */
  readonly answeredAt: number;
};

/** Calls of the last 24 hours, as Salesforce counts them. */
export type ApiUsage = { readonly used: number; readonly max: number };

/** For counting. `call` is one of few words, never a path. */
export type ApiCall = { readonly call: string; readonly outcome: 'ok' | 'refused' | 'unanswered' };

export type HttpObserver = {
  readonly onUsage?: (usage: ApiUsage) => void;
  readonly onCall?: (call: ApiCall) => void;
};

export type HttpOptions = HttpObserver & { readonly apiVersion: string; readonly callTimeoutMsMax: number };

const CLIENT_NAME = 'concord';

export class SalesforceHttp {
  readonly #sessions: Sessions;
  readonly #options: HttpOptions;
  readonly #agent = new Agent({ connections: 8, keepAliveTimeout: 30_000 });

  constructor(sessions: Sessions, options: HttpOptions) {
    this.#sessions = sessions;
    this.#options = options;
  }

  async call(call: HttpCall): Promise<HttpReply> {
    const session = await this.#sessions.current();
    const first = await this.#send(call, session);
    const reply = first.status === 401 ? await this.#send(call, await this.#sessions.renew(session)) : first;
    if (reply.status < 200 || reply.status > 299) throw apiErrorOf(call.what, reply.status, reply.body);
    return reply;
  }

  async close(): Promise<void> {
    await this.#agent.destroy();
  }

  async #send(call: HttpCall, session: Session): Promise<HttpReply & { status: number }> {
    const prefix = call.path.startsWith('/services') ? '' : `/services/data/v${this.#options.apiVersion}`;
    const url = new URL(prefix + call.path, session.instanceUrl);
    const startedAt = performance.now();
    try {
      const reply = await request(url, {
        method: call.method,
        headers: headersFor(call, session),
        body: call.body === undefined ? null : JSON.stringify(call.body),
        dispatcher: this.#agent,
        signal: AbortSignal.timeout(this.#options.callTimeoutMsMax),
      });
      const text = await reply.body.text();
      this.#options.onCall?.({ call: call.kind, outcome: reply.statusCode < 300 ? 'ok' : 'refused' });
      this.#noteUsage(reply.headers['sforce-limit-info']);
      return {
        status: reply.statusCode,
        body: parse(text),
        ...momentsOf(reply, performance.now() - startedAt),
      };
    } catch (error) {
      this.#options.onCall?.({ call: call.kind, outcome: 'unanswered' });
      throw unreachable(url.host, error);
    }
  }

  #noteUsage(header: string | string[] | undefined): void {
    const found = /api-usage=(\d+)\/(\d+)/.exec(String(header ?? ''));
    if (found !== null) this.#options.onUsage?.({ used: Number(found[1]), max: Number(found[2]) });
  }
}

function headersFor(call: HttpCall, session: Session): Record<string, string> {
  return {
    authorization: `Bearer ${session.accessToken}`,
    accept: 'application/json',
    'sforce-call-options': `client=${CLIENT_NAME}`,
    // By default Salesforce would run assignment rules and give what we write to other owners.
    'sforce-auto-assign': 'FALSE',
    ...(call.body === undefined ? {} : { 'content-type': 'application/json; charset=UTF-8' }),
  };
}

/** The Date header has whole seconds, cut off, and is set after the work is done: the work began at most `durationMs` before. */
function momentsOf(reply: Dispatcher.ResponseData, durationMs: number): Pick<HttpReply, 'asOf' | 'answeredAt'> {
  const date = Date.parse(String(reply.headers.date));
  if (Number.isNaN(date)) return { asOf: 0, answeredAt: Date.now() };
  return { asOf: date - durationMs, answeredAt: date + 999 };
}

function parse(text: string): unknown {
  if (text === '') return null;
  try {
    return JSON.parse(text);
  } catch {
    return { message: text.slice(0, 200) };
  }
}
