/** From checked keys to the config of one system: defaults, what follows from what, and what is missing. */
import type { ConfigFault } from './fault.ts';
import type { Place } from './place.ts';
import type { Secret } from './secret.ts';
import type { PostgresDocument, SalesforceDocument, SystemType } from './shapes/systems.ts';
import { environmentName } from './environment.ts';
import type { PostgresSystemConfig, SalesforceGrantConfig, SalesforceSystemConfig, SystemConfig } from './types.ts';

type Parts = {
  readonly name: string;
  readonly type: SystemType;
  readonly plain: unknown;
  readonly secret: (key: string) => Secret | null;
  readonly place: Place;
};

type Made = { readonly config: SystemConfig | null; readonly faults: readonly ConfigFault[] };

export function systemConfigFrom(parts: Parts): Made {
  const { role, aliases = [] } = parts.plain as { role?: string; aliases?: readonly string[] };
  const roles = [...(role === undefined ? [] : [role]), ...aliases];
  switch (parts.type) {
    case 'postgres':
      return postgresFrom(parts, roles);
    case 'salesforce':
      return salesforceFrom(parts, roles);
    case 'netsuite':
    case 'zendesk':
      return { config: { type: parts.type, name: parts.name, roles }, faults: [] };
  }
}

function postgresFrom(parts: Parts, roles: readonly string[]): Made {
  const { host, port = 5432, database, schema = 'public', user, ssl } = parts.plain as PostgresDocument;
  const faults = missing(parts, { host, database, user });
  if (host === undefined || database === undefined || user === undefined) return { config: null, faults };
  const config: PostgresSystemConfig = {
    type: 'postgres',
    name: parts.name,
    roles,
    host,
    port: Number(port),
    database,
    schema,
    user,
    password: parts.secret('password'),
    tls: { mode: tlsMode(ssl, host), authority: parts.secret('ssl_ca') },
  };
  return { config, faults };
}

/** Within one machine nothing is encrypted unless asked for; across a network everything is. */
function tlsMode(ssl: PostgresDocument['ssl'], host: string): PostgresSystemConfig['tls']['mode'] {
  if (ssl === true) return 'verify-full';
  if (ssl === false) return 'disable';
  if (ssl === 'disable' || ssl === 'require' || ssl === 'verify-full') return ssl;
  return /^(localhost|127\.|::1$|\/)/.test(host) ? 'disable' : 'require';
}

function salesforceFrom(parts: Parts, roles: readonly string[]): Made {
  const plain = parts.plain as SalesforceDocument;
  const flow = plain.flow ?? (parts.secret('private_key') === null ? 'client_credentials' : 'jwt_bearer');
  const instanceUrl = plain.instance_url?.replace(/\/+$/, '') ?? null;
  const loginUrl = plain.login_url?.replace(/\/+$/, '') ?? loginUrlFor(flow, instanceUrl);
  const { grant, faults } = grantFrom(parts, flow);
  const unknownLogin = loginUrl === null ? missing(parts, { instance_url: undefined }) : [];
  if (grant === null || loginUrl === null) return { config: null, faults: [...unknownLogin, ...faults] };
  const config: SalesforceSystemConfig = {
    type: 'salesforce',
    name: parts.name,
    roles,
    instanceUrl,
    loginUrl,
    grant,
    pubsubEndpoint: plain.pubsub_endpoint ?? null,
    pubsubSecurity: plain.pubsub_tls === false ? 'plaintext' : 'tls',
    apiVersion: plain.api_version ?? null,
  };
  return { config, faults: [] };
}

/** Salesforce issues tokens for assertions at two fixed hosts; the client credentials flow asks the org itself. */
function loginUrlFor(flow: 'jwt_bearer' | 'client_credentials', instanceUrl: string | null): string | null {
  if (flow === 'client_credentials') return instanceUrl;
  if (instanceUrl === null) return 'https://login.salesforce.com';
  const { hostname } = new URL(instanceUrl);
  if (!hostname.endsWith('.salesforce.com')) return instanceUrl;
  return hostname.includes('.sandbox.') ? 'https://test.salesforce.com' : 'https://login.salesforce.com';
}

function grantFrom(
  parts: Parts,
  flow: 'jwt_bearer' | 'client_credentials',
): { grant: SalesforceGrantConfig | null; faults: readonly ConfigFault[] } {
  const { client_id: clientId, username } = parts.plain as SalesforceDocument;
  if (flow === 'client_credentials') {
    const clientSecret = parts.secret('client_secret');
    const faults = missing(parts, { client_id: clientId, 'client_secret (or username and private_key)': clientSecret });
    if (clientId === undefined || clientSecret === null) return { grant: null, faults };
    return { grant: { kind: flow, clientId, clientSecret }, faults };
  }
  const privateKey = parts.secret('private_key');
  const faults = missing(parts, { client_id: clientId, username, private_key: privateKey });
  if (clientId === undefined || username === undefined || privateKey === null) return { grant: null, faults };
  return { grant: { kind: flow, clientId, username, privateKey }, faults };
}

function missing({ name, place }: Parts, needed: Readonly<Record<string, unknown>>): ConfigFault[] {
  const keys = Object.keys(needed).filter((key) => needed[key] === undefined || needed[key] === null);
  if (keys.length === 0) return [];
  const variables = keys.map((key) => environmentName(name, key.replace(/ .*/, ''))).join(', ');
  return [
    {
      code: 'config.incomplete',
      place,
      message: `the system "${name}" lacks ${keys.join(', ')}`,
      remedy: `Add ${keys.length === 1 ? 'it' : 'them'} under "systems": {"${name}": {…}}, or set ${variables}.`,
    },
  ];
}
