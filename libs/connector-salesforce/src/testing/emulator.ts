/** The Salesforce emulator as a process of its own, spoken to over the wire as the real system would be. */
import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { createInterface } from 'node:readline';
import { fileURLToPath } from 'node:url';
import { createSalesforceClient, type SalesforceClient } from '../client.ts';
import { connectionDefaults, type SalesforceConnection } from '../connection.ts';

const MAIN = fileURLToPath(new URL('../../../../test/emulators/salesforce/src/main.ts', import.meta.url));
const SECRET = 'secret-of-this-test';

type Ready = { readonly http: string; readonly grpc: string };

export class EmulatorProcess {
  readonly connection: SalesforceConnection;
  readonly #http: string;
  readonly #stop: () => Promise<void>;
  readonly #clients: SalesforceClient[] = [];

  private constructor({ http, grpc }: Ready, stop: () => Promise<void>) {
    this.#http = http;
    this.#stop = stop;
    this.connection = {
      ...connectionDefaults,
      loginUrl: http,
      grant: { kind: 'client_credentials', clientId: 'concord', clientSecret: SECRET },
      pubsubEndpoint: grpc,
      pubsubSecurity: 'plaintext',
    };
  }

  static async start(...options: string[]): Promise<EmulatorProcess> {
    const child = spawn(process.execPath, [MAIN, '--client-secret', SECRET, ...options], {
      stdio: ['ignore', 'pipe', 'inherit'],
    });
    const exited = once(child, 'exit');
    for await (const line of createInterface({ input: child.stdout })) {
      const ready = JSON.parse(line) as Ready;
      return new EmulatorProcess(ready, async () => {
        child.kill('SIGTERM');
        await exited;
      });
    }
    throw new Error('the emulator ended before it was ready');
  }

  client(grant = this.connection.grant): SalesforceClient {
    const client = createSalesforceClient({ ...this.connection, grant });
    this.#clients.push(client);
    return client;
  }

  /** As the sales user, in a browser: no client name, no stamp. */
  async user(method: 'POST' | 'PATCH' | 'DELETE', path: string, fields?: object): Promise<{ id: string }> {
    return (await this.#request(method, `/ui/api/${path}`, fields)) as { id: string };
  }

  async order(fault: object): Promise<void> {
    await this.#request('POST', '/emulator/faults', fault);
  }

  /** Lets go what callers asked for that were cut off since; resolves when it has been done, or refused. */
  async lateRequestsDone(): Promise<void> {
    await this.order({ kind: 'release-late-requests' });
    for (;;) {
      const { lateRequests } = (await this.#request('GET', '/emulator/health')) as { lateRequests: number };
      if (lateRequests === 0) return;
    }
  }

  /** The metadata that a call of the Pub/Sub API carries. */
  async session(): Promise<Record<string, string>> {
    const { clientId, clientSecret } = this.connection.grant as { clientId: string; clientSecret: string };
    const body = new URLSearchParams({
      grant_type: 'client_credentials',
      client_id: clientId,
      client_secret: clientSecret,
    });
    const reply = await fetch(`${this.#http}/services/oauth2/token`, { method: 'POST', body });
    const { access_token, instance_url, id } = (await reply.json()) as Record<string, string>;
    const tenantid = String(id).split('/').at(-2) ?? '';
    return { accesstoken: String(access_token), instanceurl: String(instance_url), tenantid };
  }

  /** Takes back what was ordered. */
  async calm(): Promise<void> {
    await this.#request('DELETE', '/emulator/faults');
  }

  async gap(changeType: string, recordIds?: string[]): Promise<void> {
    await this.#request('POST', '/emulator/events', { changeType, object: 'Account', recordIds });
  }

  async define(definitions: object): Promise<void> {
    await this.#request('POST', '/emulator/definitions', definitions);
  }

  /** Removes a record for good, which makes no event. */
  async purge(id: string): Promise<void> {
    await this.#request('DELETE', `/emulator/records/Account/${id}`);
  }

  async stop(): Promise<void> {
    await Promise.all(this.#clients.map((client) => client.close()));
    await this.#stop();
  }

  async #request(method: string, path: string, body?: object): Promise<unknown> {
    const reply = await fetch(this.#http + path, {
      method,
      ...(body === undefined ? {} : { headers: { 'content-type': 'application/json' }, body: JSON.stringify(body) }),
    });
    const text = await reply.text();
    if (!reply.ok) throw new Error(`${method} ${path}: ${reply.status} ${text}`);
    return text === '' ? {} : JSON.parse(text);
  }
}
