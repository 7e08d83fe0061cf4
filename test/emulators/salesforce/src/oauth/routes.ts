// The login host: tokens and who the user is. The instance URL of the answer is this emulator's own.
import type { FastifyInstance } from 'fastify';
import type { Sessions } from './sessions.ts';
import { authenticate } from '../rest/context.ts';
import { decideGrant } from './grants.ts';
import type { GrantSettings } from './grants.ts';

export type LoginSettings = {
  grants: GrantSettings;
  sessions: Sessions;
  organizationId: string;
  userId: string;
  instanceUrl: () => string;
};

export function registerLogin(app: FastifyInstance, settings: LoginSettings): void {
  const { grants, sessions, organizationId, userId } = settings;
  const identityUrl = (id: string) => `${settings.instanceUrl()}/id/${organizationId}/${id}`;
  const identity = (id: string) => ({
    sub: identityUrl(id),
    user_id: id,
    organization_id: organizationId,
    preferred_username: grants.username,
    name: 'Integration User',
    email: grants.username,
    urls: { rest: `${settings.instanceUrl()}/services/data/v{version}/` },
  });

  app.post('/services/oauth2/token', (request, reply) => {
    const form = request.body instanceof URLSearchParams ? request.body : new URLSearchParams();
    const grant = decideGrant(grants, form, request.headers.authorization);
    if (!grant.granted) return reply.code(400).send({ error: grant.error, error_description: grant.description });
    return {
      access_token: sessions.issue({ userId, clientId: grant.clientId }),
      scope: 'api',
      instance_url: settings.instanceUrl(),
      id: identityUrl(userId),
      token_type: 'Bearer',
      issued_at: String(grants.now()),
    };
  });

  app.get('/services/oauth2/userinfo', (request) => identity(authenticate(request, sessions).userId));
  app.get('/id/:organization/:user', (request) => identity(authenticate(request, sessions).userId));
}
