/**
 * The session with one org. Salesforce tells no expiry and gives no refresh token, so a session is used until a call is
 * refused, then minted anew; callers that are refused at the same moment share one request.
 */
import { request } from 'undici';
import { ConnectorError } from '@concord/connector-kit';
import type { SalesforceConnection } from '../connection.ts';
import { unreachable } from '../errors.ts';
import type { Timing } from '../timing.ts';
import { grantForm } from './grants.ts';

export type Session = { readonly accessToken: string; readonly instanceUrl: string; readonly organizationId: string };

export interface Sessions {
  current(): Promise<Session>;
  /** A session other than the refused one: the newer one that someone else minted meanwhile, or a new one. */
  renew(refused: Session): Promise<Session>;
}

export class OAuthSessions implements Sessions {
  readonly #connection: SalesforceConnection;
  readonly #timing: Timing;
  #session: Session | null = null;
  #minting: Promise<Session> | null = null;

  constructor(connection: SalesforceConnection, timing: Timing) {
    this.#connection = connection;
    this.#timing = timing;
  }

  async current(): Promise<Session> {
    return this.#session ?? (await this.#mintOnce());
  }

  async renew(refused: Session): Promise<Session> {
    if (this.#session === refused) this.#session = null;
    return await this.current();
  }

  #mintOnce(): Promise<Session> {
    this.#minting ??= this.#mint().finally(() => (this.#minting = null));
    return this.#minting;
  }

  async #mint(): Promise<Session> {
    const { loginUrl, grant, callTimeoutMsMax } = this.#connection;
    const host = new URL(loginUrl).host;
    const form = await grantForm(loginUrl, grant, this.#timing.now());
    const { status, body } = await post(new URL('/services/oauth2/token', loginUrl), form, callTimeoutMsMax).catch(
      (error: unknown) => {
        throw unreachable(host, error);
      },
    );
    if (status >= 500 || status === 429) throw unreachable(host, new Error(`HTTP ${status}`));
    if (status === 404) throw notSalesforce(host);
    if (status !== 200) throw loginRefused(host, grant.kind, body);
    this.#session = sessionOf(host, body);
    return this.#session;
  }
}

async function post(url: URL, form: URLSearchParams, timeoutMs: number): Promise<{ status: number; body: unknown }> {
  const reply = await request(url, {
    method: 'POST',
    headers: { 'content-type': 'application/x-www-form-urlencoded', accept: 'application/json' },
    body: form.toString(),
    signal: AbortSignal.timeout(timeoutMs),
  });
  const text = await reply.body.text();
  try {
    return { status: reply.statusCode, body: JSON.parse(text) };
  } catch {
    return { status: reply.statusCode, body: {} };
  }
}

function sessionOf(host: string, body: unknown): Session {
  const { access_token: accessToken, instance_url: instanceUrl, id } = body as Record<string, unknown>;
  // The identity URL ends in /id/<organization>/<user>.
  const organizationId = typeof id === 'string' ? id.split('/').at(-2) : undefined;
  if (typeof accessToken !== 'string' || typeof instanceUrl !== 'string' || !organizationId) {
    throw new ConnectorError({
      code: 'salesforce.auth',
      reaction: 'halt',
      message: `${host} answered the token request without access_token, instance_url or id`,
      hint: 'Check that the login URL names a Salesforce login host or My Domain.',
    });
  }
  return { accessToken, instanceUrl, organizationId };
}

function notSalesforce(host: string): ConnectorError {
  return new ConnectorError({
    code: 'salesforce.auth',
    reaction: 'halt',
    message: `${host} has no Salesforce login (HTTP 404 for /services/oauth2/token)`,
    hint: 'Check instance_url and login_url of the system: they must name the org’s My Domain or a Salesforce login host.',
  });
}

const REMEDIES: readonly (readonly [RegExp, string])[] = [
  [/approved/, 'Pre-authorise the integration user for the connected app (permission set or profile).'],
  [/audience/, 'Set the audience to https://login.salesforce.com or https://test.salesforce.com (sandboxes).'],
  [/expired/, 'Check the clock of this machine: the signed assertion was already out of date on arrival.'],
  [
    /client identifier|invalid_client_id/,
    'Check the client id (consumer key) and that the connected app is active in this org.',
  ],
  [/invalid_client|secret/, 'Check the client secret of the connected app.'],
  [
    /no client credentials user|run.?as/,
    'Choose a run-as user in the client credentials settings of the connected app.',
  ],
];

function loginRefused(host: string, kind: string, body: unknown): ConnectorError {
  const { error = 'unknown', error_description: description = '' } = body as Record<string, string | undefined>;
  const said = `${error} ${description}`;
  const remedy = REMEDIES.find(([pattern]) => pattern.test(said))?.[1];
  return new ConnectorError({
    code: 'salesforce.auth',
    reaction: 'halt',
    message: `${host} refused the login (${kind}): ${said.trim()}`,
    hint: remedy ?? 'Check client id, user and key or secret of the connected app in the config of this system.',
  });
}
