import { generateKeyPairSync, sign } from 'node:crypto';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { startTestEmulator } from '../testing.ts';
import type { Harness, Json } from '../testing.ts';

const keys = generateKeyPairSync('rsa', { modulusLength: 2048 });
const clock = { now: 1_780_000_000_000 };
let harness: Harness;

beforeAll(async () => {
  const jwtPublicKey = keys.publicKey.export({ type: 'spki', format: 'pem' }).toString();
  harness = await startTestEmulator({ jwtPublicKey, tokenLifetimeMs: 1000 }, () => clock.now);
});
afterAll(() => harness.emulator.close());

async function ask(form: Record<string, string>): Promise<{ status: number; body: Json }> {
  const url = `${harness.emulator.httpUrl}/services/oauth2/token`;
  const reply = await fetch(url, { method: 'POST', body: new URLSearchParams(form) });
  return { status: reply.status, body: await reply.json() };
}

function assertion(changes: Record<string, unknown> = {}): string {
  const exp = clock.now / 1000 + 180;
  const claims = {
    iss: 'concord',
    sub: 'integration@example.com',
    aud: 'https://login.salesforce.com',
    exp,
    ...changes,
  };
  const part = (value: object) => Buffer.from(JSON.stringify(value)).toString('base64url');
  const signed = `${part({ alg: 'RS256' })}.${part(claims)}`;
  return `${signed}.${sign('RSA-SHA256', Buffer.from(signed), keys.privateKey).toString('base64url')}`;
}

const grant_type = 'urn:ietf:params:oauth:grant-type:jwt-bearer';

test('a signed assertion gives a token; the answer does not tell its life', async () => {
  const { status, body } = await ask({ grant_type, assertion: assertion() });
  expect(status).toBe(200);
  expect(Object.keys(body).sort()).toEqual(['access_token', 'id', 'instance_url', 'issued_at', 'scope', 'token_type']);
  expect(body.instance_url).toBe(harness.emulator.httpUrl);
  expect(body.id).toContain(`/id/${harness.options.organizationId}/005`);
  harness.token = body.access_token;
  const userinfo = await harness.call('GET', '/services/oauth2/userinfo');
  expect(userinfo.body).toMatchObject({ organization_id: harness.options.organizationId });
});

const wrong: [string, Record<string, unknown>, string][] = [
  ['an old one', { exp: clock.now / 1000 - 1 }, 'expired authorization code'],
  ['a foreign audience', { aud: 'https://example.com' }, 'audience is invalid'],
  ['an unknown user', { sub: 'nobody@example.com' }, "user hasn't approved this consumer"],
];

test.each(wrong)('%s is refused', async (_case, claims, description) => {
  const { status, body } = await ask({ grant_type, assertion: assertion(claims) });
  expect([status, body]).toEqual([400, { error: 'invalid_grant', error_description: description }]);
});

test('a changed assertion and wrong credentials are refused', async () => {
  const [head, , signature] = assertion().split('.');
  const claims = Buffer.from(JSON.stringify({ iss: 'concord', sub: 'x' })).toString('base64url');
  expect((await ask({ grant_type, assertion: `${head}.${claims}.${signature}` })).body.error).toBe('invalid_grant');
  const credentials = { grant_type: 'client_credentials', client_id: 'concord', client_secret: 'wrong' };
  expect((await ask(credentials)).body.error).toBe('invalid_client');
});

test('a session ends some time after its last use', async () => {
  await harness.login();
  clock.now += 900;
  expect((await harness.call('GET', 'limits')).status).toBe(200);
  clock.now += 900;
  expect((await harness.call('GET', 'limits')).status).toBe(200);
  clock.now += 1001;
  expect((await harness.call('GET', 'limits')).status).toBe(401);
});
