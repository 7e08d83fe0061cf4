/**
 * A person who works in Salesforce, by its plain REST API and nothing of ours: what the story does on that side and what it
 * shows of that side must not depend on the connector that it is to show.
 */
import { PlatformError } from '../errors.ts';

export type SalesforceAccess = { url: string; clientId: string; clientSecret: string; apiVersion: string };
export type SalesforceRecord = { Id: string } & Record<string, unknown>;

const timeoutMs = 10_000;

export class SalesUser {
  readonly #access: SalesforceAccess;
  #token: string | undefined;

  constructor(access: SalesforceAccess) {
    this.#access = access;
  }

  async create(object: string, fields: Record<string, unknown>): Promise<string> {
    const { id } = (await this.#send('POST', `sobjects/${object}`, fields)) as { id: string };
    return id;
  }

  async update(object: string, id: string, fields: Record<string, unknown>): Promise<void> {
    await this.#send('PATCH', `sobjects/${object}/${id}`, fields);
  }

  async remove(object: string, id: string): Promise<void> {
    await this.#send('DELETE', `sobjects/${object}/${id}`);
  }

  /** All pages of the answer. */
  async query(soql: string): Promise<SalesforceRecord[]> {
    type Page = { records: SalesforceRecord[]; nextRecordsUrl?: string };
    let page = (await this.#send('GET', `query?q=${encodeURIComponent(soql)}`)) as Page;
    const records = [...page.records];
    while (page.nextRecordsUrl !== undefined) {
      page = (await this.#request('GET', page.nextRecordsUrl)) as Page;
      records.push(...page.records);
    }
    return records;
  }

  #send(method: string, path: string, body?: unknown): Promise<unknown> {
    return this.#request(method, `/services/data/v${this.#access.apiVersion}/${path}`, body);
  }

  async #request(method: string, path: string, body?: unknown, attempt: 1 | 2 = 1): Promise<unknown> {
    this.#token ??= await this.#logIn();
    const response = await fetch(new URL(path, this.#access.url), {
      method,
      headers: { authorization: `Bearer ${this.#token}`, 'content-type': 'application/json' },
      ...(body === undefined ? {} : { body: JSON.stringify(body) }),
      signal: AbortSignal.timeout(timeoutMs),
    });
    const text = await response.text();
    if (response.status === 401 && attempt === 1) {
      // The session has ended; a new one is a log-in away.
      this.#token = undefined;
      return this.#request(method, path, body, 2);
    }
    if (response.ok) return text === '' ? undefined : JSON.parse(text);
    throw new PlatformError({
      code: 'start.salesforce',
      message: `Salesforce refused ${method} ${path.split('?')[0]}: ${response.status} ${text.slice(0, 300)}`,
      hint: "See the emulator's log in the data folder.",
    });
  }

  async #logIn(): Promise<string> {
    const { url, clientId, clientSecret } = this.#access;
    const response = await fetch(new URL('/services/oauth2/token', url), {
      method: 'POST',
      body: new URLSearchParams({
        grant_type: 'client_credentials',
        client_id: clientId,
        client_secret: clientSecret,
      }),
      signal: AbortSignal.timeout(timeoutMs),
    });
    const { access_token: token } = (await response.json()) as { access_token?: string };
    if (token !== undefined) return token;
    const message = `Salesforce gave no token (${response.status}).`;
    throw new PlatformError({ code: 'start.salesforce', message, hint: "See the emulator's log in the data folder." });
  }
}
