// The two ways in which a server-side client gets a token: a signed assertion (JWT bearer) or its id and secret. What
// is wrong with a request is told in the words that the vendor uses.
import { createPublicKey, timingSafeEqual, verify } from 'node:crypto';
import type { KeyObject } from 'node:crypto';

export type GrantSettings = {
  clientId: string;
  clientSecret: string;
  /** PEM of a certificate or a public key; without it the JWT bearer flow is refused. */
  jwtPublicKey: string | null;
  username: string;
  /** Audiences accepted besides the vendor's two login hosts. */
  audiences: () => string[];
  now: () => number;
};

export type Grant = { granted: true; clientId: string } | { granted: false; error: string; description: string };

const LOGIN_HOSTS = ['https://login.salesforce.com', 'https://test.salesforce.com'];

export function decideGrant(settings: GrantSettings, form: URLSearchParams, authorization: string | undefined): Grant {
  switch (form.get('grant_type')) {
    case 'client_credentials':
      return clientCredentials(settings, form, authorization);
    case 'urn:ietf:params:oauth:grant-type:jwt-bearer':
      return jwtBearer(settings, form.get('assertion') ?? '');
    default:
      return refuse('unsupported_grant_type', 'grant type not supported');
  }
}

function clientCredentials(settings: GrantSettings, form: URLSearchParams, authorization: string | undefined): Grant {
  const basic = /^Basic (.+)$/i.exec(authorization ?? '')?.[1];
  const [basicId, ...basicSecret] = basic ? Buffer.from(basic, 'base64').toString().split(':') : [];
  const clientId = basicId ?? form.get('client_id') ?? '';
  const secret = basic ? basicSecret.join(':') : (form.get('client_secret') ?? '');
  if (clientId !== settings.clientId) return refuse('invalid_client_id', 'client identifier invalid');
  if (!isSame(secret, settings.clientSecret)) return refuse('invalid_client', 'invalid client credentials');
  return { granted: true, clientId };
}

/** Audience, time and user are looked at only once the signature has been found good. */
function jwtBearer(settings: GrantSettings, assertion: string): Grant {
  const [head, body, signature] = assertion.split('.');
  const header = parsePart(head);
  const claims = parsePart(body);
  if (!header || !claims || !signature) return refuse('invalid_grant', 'invalid assertion');
  if (header['alg'] !== 'RS256') return refuse('invalid_grant', 'invalid assertion: algorithm is not supported');
  if (claims['iss'] !== settings.clientId) return refuse('invalid_client_id', 'client identifier invalid');
  const key = readKey(settings.jwtPublicKey);
  const signed = Buffer.from(`${head}.${body}`);
  if (!key || !verify('RSA-SHA256', signed, key, Buffer.from(signature, 'base64url'))) {
    return refuse('invalid_grant', 'invalid assertion');
  }
  if (![...LOGIN_HOSTS, ...settings.audiences()].includes(String(claims['aud']).replace(/\/$/, ''))) {
    return refuse('invalid_grant', 'audience is invalid');
  }
  if (!(Number(claims['exp']) * 1000 > settings.now())) return refuse('invalid_grant', 'expired authorization code');
  if (claims['sub'] !== settings.username) return refuse('invalid_grant', "user hasn't approved this consumer");
  return { granted: true, clientId: settings.clientId };
}

function parsePart(part: string | undefined): Record<string, unknown> | undefined {
  try {
    const parsed: unknown = JSON.parse(Buffer.from(part ?? '', 'base64url').toString());
    return typeof parsed === 'object' && parsed !== null ? (parsed as Record<string, unknown>) : undefined;
  } catch {
    return undefined;
  }
}

function readKey(pem: string | null): KeyObject | undefined {
  return pem === null ? undefined : createPublicKey(pem);
}

function isSame(left: string, right: string): boolean {
  const [leftBytes, rightBytes] = [Buffer.from(left), Buffer.from(right)];
  return leftBytes.length === rightBytes.length && timingSafeEqual(leftBytes, rightBytes);
}

function refuse(error: string, description: string): Grant {
  return { granted: false, error, description };
}
