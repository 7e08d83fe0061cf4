// Options of the process, from the command line or the environment; the command line wins. One table carries names,
// defaults and the help text.
import { createPublicKey } from 'node:crypto';
import { readFileSync } from 'node:fs';
import { parseArgs } from 'node:util';
import { normalizeId } from './ids.ts';
import type { Definitions } from './model/definition-file.ts';

export type EmulatorOptions = {
  host: string;
  httpPort: number;
  grpcPort: number;
  dataDirectory: string | null;
  clientId: string;
  clientSecret: string;
  username: string;
  jwtPublicKey: string | null;
  organizationId: string;
  tokenLifetimeMs: number;
  keepaliveMs: number;
  idleMs: number;
  retentionMs: number;
  apiRequestsMax: number;
  tls: { key: Buffer; certificate: Buffer } | null;
  definitions: Definitions;
};

const TABLE = {
  host: ['EMULATOR_HOST', '127.0.0.1', 'Address to listen on.'],
  'http-port': ['EMULATOR_HTTP_PORT', '0', 'Port of REST, login and pages; 0 takes a free one.'],
  'grpc-port': ['EMULATOR_GRPC_PORT', '0', 'Port of the Pub/Sub API; 0 takes a free one.'],
  'data-dir': ['EMULATOR_DATA_DIR', '', 'Folder that keeps the org; without it the org lives in memory.'],
  'client-id': ['EMULATOR_CLIENT_ID', 'concord', 'Consumer key of the connected app.'],
  'client-secret': ['EMULATOR_CLIENT_SECRET', 'concord-secret', 'Consumer secret of the connected app.'],
  username: ['EMULATOR_USERNAME', 'integration@example.com', 'The user that JWT assertions must name.'],
  'jwt-public-key-file': [
    'EMULATOR_JWT_PUBLIC_KEY_FILE',
    '',
    'Certificate or public key (PEM) that verifies assertions.',
  ],
  'organization-id': ['EMULATOR_ORGANIZATION_ID', '00D5e000001N2bQEAS', 'Id of the org, 18 characters.'],
  'token-ttl-ms': ['EMULATOR_TOKEN_TTL_MS', '7200000', 'How long an unused session lives.'],
  'keepalive-ms': ['EMULATOR_KEEPALIVE_MS', '270000', 'Silence after which a subscriber gets a keepalive.'],
  'idle-ms': ['EMULATOR_IDLE_MS', '60000', 'How long a subscriber without demand is kept.'],
  'retention-ms': ['EMULATOR_RETENTION_MS', '259200000', 'How long events are kept.'],
  'api-requests-max': ['EMULATOR_API_REQUESTS_MAX', '100000', 'Daily API requests that the limits report.'],
  'tls-key-file': ['EMULATOR_TLS_KEY_FILE', '', 'Private key of the Pub/Sub API; with the certificate it speaks TLS.'],
  'tls-certificate-file': ['EMULATOR_TLS_CERTIFICATE_FILE', '', 'Certificate of the Pub/Sub API.'],
  objects: ['EMULATOR_OBJECTS_FILE', '', 'JSON with further objects, fields and channels.'],
} satisfies Record<string, [string, string, string]>;

type OptionName = keyof typeof TABLE;

export class OptionError extends Error {
  override name = 'OptionError';
}

/** Null when only the help was asked for. */
export function readOptions(argv: string[], environment: NodeJS.ProcessEnv): EmulatorOptions | null {
  const options = Object.fromEntries(Object.keys(TABLE).map((name) => [name, { type: 'string' as const }]));
  const parsed = parseArgs({ args: argv, options: { ...options, help: { type: 'boolean' as const } } });
  const values: Record<string, string | boolean | undefined> = parsed.values;
  if (values['help']) return null;
  const text = (name: OptionName) => String(values[name] ?? environment[TABLE[name][0]] ?? TABLE[name][1]);
  const optional = (name: OptionName) => text(name) || null;
  return {
    host: text('host'),
    httpPort: whole('http-port', text('http-port')),
    grpcPort: whole('grpc-port', text('grpc-port')),
    dataDirectory: optional('data-dir'),
    clientId: text('client-id'),
    clientSecret: text('client-secret'),
    username: text('username'),
    jwtPublicKey: readPublicKey(optional('jwt-public-key-file')),
    organizationId: organization(text('organization-id')),
    tokenLifetimeMs: whole('token-ttl-ms', text('token-ttl-ms')),
    keepaliveMs: whole('keepalive-ms', text('keepalive-ms')),
    idleMs: whole('idle-ms', text('idle-ms')),
    retentionMs: whole('retention-ms', text('retention-ms')),
    apiRequestsMax: whole('api-requests-max', text('api-requests-max')),
    tls: readTls(optional('tls-key-file'), optional('tls-certificate-file')),
    definitions: readDefinitions(optional('objects')),
  };
}

export function helpText(): string {
  const lines = Object.entries(TABLE).map(([name, [variable, fallback, text]]) => {
    return `  --${name.padEnd(22)} ${variable.padEnd(30)} ${text}${fallback ? ` [${fallback}]` : ''}`;
  });
  return `Salesforce emulator: REST, login, Pub/Sub and a page for the sales user.\n\nOptions\n${lines.join('\n')}\n`;
}

function whole(name: string, text: string): number {
  if (/^\d+$/.test(text)) return Number(text);
  throw new OptionError(`--${name} must be a whole number, not '${text}'.`);
}

function organization(text: string): string {
  const id = normalizeId(text);
  if (id?.startsWith('00D')) return id;
  throw new OptionError(`--organization-id must be an id that starts with 00D, not '${text}'.`);
}

function readPublicKey(path: string | null): string | null {
  const pem = readFile(path)?.toString() ?? null;
  try {
    if (pem !== null) createPublicKey(pem);
    return pem;
  } catch (cause) {
    throw new OptionError(`The file ${path} holds neither a certificate nor a public key in PEM.`, { cause });
  }
}

function readDefinitions(path: string | null): Definitions {
  const text = readFile(path)?.toString() ?? '{}';
  try {
    return JSON.parse(text) as Definitions;
  } catch (cause) {
    throw new OptionError(`The file ${path} is not JSON.`, { cause });
  }
}

function readFile(path: string | null): Buffer | null {
  if (path === null) return null;
  try {
    return readFileSync(path);
  } catch (cause) {
    throw new OptionError(`The file ${path} cannot be read.`, { cause });
  }
}

function readTls(key: string | null, certificate: string | null): EmulatorOptions['tls'] {
  if (key === null && certificate === null) return null;
  if (key === null || certificate === null) throw new OptionError('TLS needs both a key and a certificate.');
  return { key: readFile(key)!, certificate: readFile(certificate)! };
}
