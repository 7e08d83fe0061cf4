/**
 * The Debezium connector of one database: rendered from infra/connectors/debezium-postgres.json, put to Kafka Connect, and
 * watched until its task runs.
 */
import { readFileSync } from 'node:fs';
import { setTimeout as delay } from 'node:timers/promises';
import type { ConnectorError } from '@concord/connector-kit';
import type { PostgresTarget } from '../connection.ts';
import { postgresError } from '../errors.ts';
import { escapePattern } from '../names.ts';
import type { ConnectClient, ConnectorConfig, ConnectorStatus } from './connect-client.ts';
import { publicationNameOf, signalTable, slotNameOf } from './names.ts';

export type ConnectorNeeds = {
  readonly system: string;
  readonly target: Pick<PostgresTarget, 'host' | 'port' | 'database' | 'user' | 'tls'>;
  /** As the worker gets it: best a reference such as `${file:…:…}`, which Connect resolves and never shows. */
  readonly password: string;
  readonly objects: readonly string[];
  /** As our services have it: the base of the Confluent-compatible API, perhaps with user and password. */
  readonly registryUrl: string;
};

const template = new URL('../../../../infra/connectors/debezium-postgres.json', import.meta.url);

export function renderConnector(needs: ConnectorNeeds): ConnectorConfig {
  const { system, target, password, objects } = needs;
  const registry = splitLogin(needs.registryUrl);
  const values: Readonly<Record<string, string>> = {
    SYSTEM: system,
    DATABASE_HOST: target.host,
    DATABASE_PORT: String(target.port),
    DATABASE_NAME: target.database,
    DATABASE_USER: target.user,
    DATABASE_PASSWORD: password,
    SLOT_NAME: slotNameOf(system, target.database),
    PUBLICATION_NAME: publicationNameOf(system),
    TABLES: [...objects, signalTable].map(escapePattern).join(','),
    SIGNAL_TABLE: signalTable,
    REGISTRY_URL: registry.url,
  };
  const parsed = JSON.parse(readFileSync(template, 'utf8')) as Record<string, string>;
  const rendered = Object.entries(parsed).map(
    ([key, text]) => [key, text.replaceAll(/\$\{([A-Z_]+)\}/g, (_, name: string) => values[name] ?? '')] as const,
  );
  const sslModes = { disable: 'disable', require: 'require', 'verify-full': 'verify-full' } as const;
  return { ...Object.fromEntries(rendered), ...registry.login, 'database.sslmode': sslModes[target.tls.mode] };
}

/** The converter takes no login in the URL, because URLs are shown in messages. */
function splitLogin(registryUrl: string): { url: string; login: ConnectorConfig } {
  const url = new URL(registryUrl);
  const [user, password] = [decodeURIComponent(url.username), decodeURIComponent(url.password)];
  url.username = '';
  url.password = '';
  const login = {
    'value.converter.concord.registry.user': user,
    'value.converter.concord.registry.password': password,
  };
  return { url: url.href.replace(/\/+$/, ''), login: user === '' ? {} : login };
}

const RUNNING_MS_MAX = 90_000;
const STATUS_PAUSE_MS = 250;

/** Puts the config if it differs and waits until the task runs. Returns what was done. */
export async function ensureConnector(connect: ConnectClient, name: string, config: ConnectorConfig): Promise<string> {
  const wanted = { ...config, name };
  const present = await connect.config(name);
  const isSame = present !== null && isEqual(present, wanted);
  if (!isSame) await connect.put(name, wanted);
  await untilRunning(connect, name);
  return `connector ${name} runs${present === null ? ' (created)' : isSame ? '' : ' (reconfigured)'}`;
}

async function untilRunning(connect: ConnectClient, name: string): Promise<void> {
  const deadline = Date.now() + RUNNING_MS_MAX;
  let hasRestarted = false;
  for (;;) {
    const status = await connect.status(name);
    if (isRunning(status)) return;
    const failure = failureOf(status);
    if (failure !== null && hasRestarted) throw connectorFailed(name, failure);
    if (failure !== null) {
      // It may have failed before the present config was put, so it gets one chance.
      hasRestarted = true;
      await connect.restartFailed(name);
    }
    if (Date.now() > deadline) throw notRunning(connect, name, status);
    await delay(STATUS_PAUSE_MS);
  }
}

export function isRunning(status: ConnectorStatus | null): boolean {
  if (status === null || status.tasks.length === 0) return false;
  return [status.connector, ...status.tasks].every(({ state }) => state === 'RUNNING');
}

/** The first line of the trace of whatever has failed, or null. */
export function failureOf(status: ConnectorStatus | null): string | null {
  const failed =
    status === null ? undefined : [status.connector, ...status.tasks].find(({ state }) => state === 'FAILED');
  if (failed === undefined) return null;
  const lines = (failed.trace ?? '').split('\n');
  // The outer exception only says that something went wrong; the innermost cause says what.
  const cause = lines.findLast((line) => line.startsWith('Caused by: ')) ?? lines[0] ?? '';
  return cause.replace(/^Caused by: /, '').trim() || 'no reason given';
}

export function connectorFailed(name: string, failure: string): ConnectorError {
  return postgresError('postgres.connector_failed', 'halt', {
    message: `Connector ${name} has failed: ${failure}`,
    hint: 'Correct what the message names (login, slot, publication, offsets behind the slot), then run "apply". If the slot was lost, resync.',
  });
}

function notRunning(connect: ConnectClient, name: string, status: ConnectorStatus | null): ConnectorError {
  const states =
    status === null ? 'no status' : [status.connector, ...status.tasks].map(({ state }) => state).join(', ');
  return postgresError('postgres.connector_slow', 'retry', {
    message: `Connector ${name} at ${connect.url} does not run after ${RUNNING_MS_MAX / 1000} s (${states})`,
    hint: 'A slot can only be made once all open transactions of the database have ended. Look for idle ones and at the worker’s log.',
  });
}

/** Connect adds nothing to a config but shows passwords only in part where a provider is used; other keys must match. */
function isEqual(present: ConnectorConfig, wanted: ConnectorConfig): boolean {
  const keys = new Set([...Object.keys(present), ...Object.keys(wanted)]);
  return [...keys].every((key) => present[key] === wanted[key]);
}
