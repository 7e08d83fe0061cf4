/** The few calls to Kafka Connect's REST interface that are needed. */
import { setTimeout as delay } from 'node:timers/promises';
import { postgresError } from '../errors.ts';

export type ConnectorConfig = Readonly<Record<string, string>>;
type TaskState = { readonly state: string; readonly trace?: string };
export type ConnectorStatus = { readonly connector: TaskState; readonly tasks: readonly TaskState[] };

const REQUEST_MS_MAX = 30_000;
const CONFLICTS_MAX = 20;
const CONFLICT_PAUSE_MS = 500;

export class ConnectClient {
  readonly url: string;

  constructor(url: string) {
    this.url = url.replace(/\/+$/, '');
  }

  /** Null when there is no such connector. */
  config(name: string): Promise<ConnectorConfig | null> {
    return this.#request<ConnectorConfig>('GET', `/connectors/${encodeURIComponent(name)}/config`);
  }

  /** Null as long as the connector has no status, also right after it was made. */
  status(name: string): Promise<ConnectorStatus | null> {
    return this.#request<ConnectorStatus>('GET', `/connectors/${encodeURIComponent(name)}/status`);
  }

  async put(name: string, config: ConnectorConfig): Promise<void> {
    const path = `/connectors/${encodeURIComponent(name)}/config`;
    // Connect makes what is not there, so a 404 is somebody else's.
    if ((await this.#request('PUT', path, config)) === null) throw this.#refused('PUT', path, notConnect);
  }

  /** A plain restart would leave failed tasks as they are. */
  async restartFailed(name: string): Promise<void> {
    await this.#request('POST', `/connectors/${encodeURIComponent(name)}/restart?includeTasks=true&onlyFailed=true`);
  }

  async #request<T>(method: string, path: string, body?: unknown): Promise<T | null> {
    for (let attempt = 1; ; attempt += 1) {
      const response = await this.#send(method, path, body);
      // The workers are dealing out their tasks anew; that takes a moment.
      if (response.status === 409 && attempt < CONFLICTS_MAX) {
        await delay(CONFLICT_PAUSE_MS);
        continue;
      }
      if (response.status === 404) return null;
      const text = await response.text();
      if (response.ok) return text === '' ? null : (JSON.parse(text) as T);
      throw this.#refused(method, path, { status: response.status, text });
    }
  }

  async #send(method: string, path: string, body: unknown): Promise<Response> {
    try {
      return await fetch(`${this.url}${path}`, {
        method,
        signal: AbortSignal.timeout(REQUEST_MS_MAX),
        headers: { 'content-type': 'application/json' },
        ...(body === undefined ? {} : { body: JSON.stringify(body) }),
      });
    } catch (cause) {
      const text = {
        message: `Kafka Connect at ${this.url} does not answer: ${reasonOf(cause)}`,
        hint: 'Start Kafka Connect, or correct CONCORD_CONNECT_URL.',
      };
      throw postgresError('postgres.connect_unreachable', 'retry', text, cause);
    }
  }

  /** The body of a request is never shown: it may hold a password. */
  #refused(method: string, path: string, { status, text }: { status: number; text: string }): Error {
    const told = /"message"\s*:\s*"((?:[^"\\]|\\.)*)"/.exec(text)?.[1] ?? text.slice(0, 300);
    return postgresError('postgres.connector_refused', 'halt', {
      message: `Kafka Connect at ${this.url} refused ${method} ${path} (${status}): ${told}`,
      hint: hintOf(status, told),
    });
  }
}

const notConnect = { status: 404, text: 'there is no Kafka Connect at this address' };

function hintOf(status: number, told: string): string {
  if (status === 404) return 'Set CONCORD_CONNECT_URL to the REST interface of a Kafka Connect worker.';
  if (/authentication failed|FATAL:/.test(told)) {
    return 'The worker cannot log in to the database: check user and password of the system, and the secret that the connector’s config refers to on the worker.';
  }
  return 'Look at the worker’s log. Debezium and our Avro converter (infra/connect-avro) must be on its plugin path.';
}

/** `fetch failed` says nothing; the reason is one level below. */
function reasonOf(error: unknown): string {
  const { cause, message } = error as { cause?: { message?: string }; message?: string };
  return cause?.message || message || String(error);
}
