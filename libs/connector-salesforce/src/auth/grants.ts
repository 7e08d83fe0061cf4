/** The token request's form for each OAuth flow. */
import { createPrivateKey, type KeyObject } from 'node:crypto';
import { SignJWT } from 'jose';
import { ConnectorError } from '@concord/connector-kit';
import type { JwtBearerGrant, SalesforceConnection } from '../connection.ts';

const ASSERTION_SECONDS_MAX = 180;

export async function grantForm(
  loginUrl: string,
  grant: SalesforceConnection['grant'],
  nowMs: number,
): Promise<URLSearchParams> {
  if (grant.kind === 'client_credentials') {
    return new URLSearchParams({
      grant_type: 'client_credentials',
      client_id: grant.clientId,
      client_secret: grant.clientSecret,
    });
  }
  const assertion = await new SignJWT()
    .setProtectedHeader({ alg: 'RS256' })
    .setIssuer(grant.clientId)
    .setSubject(grant.username)
    .setAudience(grant.audience ?? new URL(loginUrl).origin)
    .setExpirationTime(Math.floor(nowMs / 1000) + ASSERTION_SECONDS_MAX)
    .sign(keyOf(grant));
  return new URLSearchParams({ grant_type: 'urn:ietf:params:oauth:grant-type:jwt-bearer', assertion });
}

function keyOf({ privateKey, clientId }: JwtBearerGrant): KeyObject {
  try {
    return createPrivateKey(privateKey);
  } catch {
    // The cause is dropped on purpose: parser messages may quote parts of the key.
    throw new ConnectorError({
      code: 'salesforce.auth',
      reaction: 'halt',
      message: `the private key for client ${clientId} cannot be read`,
      hint: 'Give an RSA private key in PEM form (BEGIN PRIVATE KEY or BEGIN RSA PRIVATE KEY), unencrypted.',
    });
  }
}
