/** One HTTP request to the registry: deadline, bounded retries with jitter, and errors that say what to do. */
import { setTimeout as delay } from 'node:timers/promises';
import { ContractError } from './errors.ts';

export type RegistryOptions = {
  /** Base of the Confluent-compatible API, e.g. `http://127.0.0.1:8080/apis/ccompat/v7`; may hold user and password. */
  url: string;
  requestTimeoutMs?: number;
  attemptsMax?: number;
  retryDelayMs?: number;
  /** Ends waiting requests, for shutdown. */
  signal?: AbortSignal;
};

export type RegistryRequest = (method: 'GET' | 'POST' | 'PUT', path: string, body?: object) => Promise<unknown>;

const mediaType = 'application/vnd.schemaregistry.v1+json';
const retryDelayMsMax = 5_000;

/** A registry's answer is quoted in errors only up to here. */
const answerLengthMax = 500;

export function createRegistryRequest(options: RegistryOptions): RegistryRequest {
  const { base, headers } = parseUrl(options.url);
  const { attemptsMax = 6, retryDelayMs = 200, requestTimeoutMs = 10_000, signal } = options;

  return async (method, path, body) => {
    for (let attempt = 1; ; attempt += 1) {
      try {
        const response = await fetch(base + path, {
          method,
          headers,
          body: body === undefined ? null : JSON.stringify(body),
          signal: AbortSignal.any([AbortSignal.timeout(requestTimeoutMs), ...(signal ? [signal] : [])]),
        });
        if (response.ok) return await response.json();
        const answer = (await response.text()).slice(0, answerLengthMax);
        if (response.status === 404 && method === 'GET') return null;
        if (!isTransient(response.status)) throw refusal(method, base + path, response.status, answer);
        throw new Error(`HTTP ${response.status}: ${answer}`);
      } catch (error) {
        if (error instanceof ContractError) throw error;
        if (attempt >= attemptsMax || signal?.aborted) throw unreachable(base, attempt, error);
      }
      const delayMs = Math.min(retryDelayMs * 2 ** (attempt - 1), retryDelayMsMax);
      await delay(delayMs * (0.5 + Math.random() / 2), undefined, signal ? { signal } : {});
    }
  };
}

/** fetch refuses credentials in a URL, so they become a header; errors then show the URL without them. */
function parseUrl(text: string): { base: string; headers: Record<string, string> } {
  if (!URL.canParse(text)) throw unreachable(text, 0, new Error('not a URL'));
  const url = new URL(text);
  const headers: Record<string, string> = { 'content-type': mediaType, accept: `${mediaType}, application/json` };
  if (url.username) {
    const credentials = `${decodeURIComponent(url.username)}:${decodeURIComponent(url.password)}`;
    headers['authorization'] = `Basic ${Buffer.from(credentials).toString('base64')}`;
  }
  url.username = '';
  url.password = '';
  return { base: url.href.replace(/\/+$/, ''), headers };
}

function isTransient(status: number): boolean {
  return status >= 500 || status === 408 || status === 429;
}

function refusal(method: string, url: string, status: number, answer: string): ContractError {
  const code = status === 409 ? 'registry.incompatible' : status === 404 ? 'registry.not_there' : 'registry.rejected';
  return new ContractError(code, `The schema registry refused ${method} ${url} with HTTP ${status}: ${answer}`);
}

function unreachable(base: string, attempts: number, cause: unknown): ContractError {
  const { cause: reason, message: text } = cause as { cause?: { message?: string }; message?: string };
  const message = `The schema registry at ${base} did not answer in ${attempts} attempts: ${reason?.message || text}`;
  return new ContractError('registry.unreachable', message, { cause });
}
