/**
 * What may be said of a connected system. The same keys serve in `systems.<name>` and in the `credentials` of a sync's
 * source or target. Any value may be a reference (`env:NAME`, `file:PATH`); secrets must be.
 */
import { z } from 'zod';
import { REFERENCE } from '../secret.ts';

const reference = z
  .string()
  .regex(REFERENCE, { error: 'must be a reference such as "env:NAME" or "file:PATH"', abort: true });

export const SECRET_PROBLEM = 'holds the secret itself';
const secret = z.string().regex(REFERENCE, SECRET_PROBLEM);

function referable<T extends z.ZodType>(shape: T): z.ZodUnion<[T, typeof reference]> {
  return z.union([shape, reference]);
}

const url = z.string().regex(/^(https?:\/\/|env:|file:)/, 'must be a URL such as "https://example.my.salesforce.com"');
const common = {
  role: z.string().optional().describe('What rules may call this system, for example "crm" or "erp".'),
  aliases: z.array(z.string()).optional().describe('Further names that rules may use for this system.'),
};

export const postgresShape = z
  .strictObject({
    type: z.literal('postgres').optional().describe('The kind of system.'),
    ...common,
    host: z.string().optional().describe('Host name or address of the server.'),
    port: referable(z.int().min(1).max(65535)).optional().describe('TCP port; 5432 when absent.'),
    database: z.string().optional().describe('Database name.'),
    schema: z.string().optional().describe('Schema of tables named without one; "public" when absent.'),
    user: z.string().optional().describe('The role Concord logs in as.'),
    password: secret.optional().describe('Reference to the password.'),
    ssl: referable(z.union([z.boolean(), z.enum(['disable', 'require', 'verify-full'])]))
      .optional()
      .describe('TLS: "disable", "require" (encrypted, certificate not checked) or "verify-full" (true means this).'),
    ssl_ca: secret.optional().describe('Reference to the certificate authority (PEM) that "verify-full" trusts.'),
  })
  .describe('A PostgreSQL database.');

export const salesforceShape = z
  .strictObject({
    type: z.literal('salesforce').optional().describe('The kind of system.'),
    ...common,
    auth_type: z.literal('oauth2').optional().describe('How Concord logs in.'),
    flow: z
      .enum(['jwt_bearer', 'client_credentials'])
      .optional()
      .describe('OAuth flow; when absent, it follows from which of private_key and client_secret is given.'),
    instance_url: url.optional().describe('The URL of the org (My Domain).'),
    login_url: url.optional().describe('Where tokens are issued; the instance URL when absent.'),
    client_id: z.string().optional().describe('Consumer key of the connected app.'),
    client_secret: secret.optional().describe('Reference to the consumer secret (client_credentials).'),
    username: z.string().optional().describe('The integration user (jwt_bearer).'),
    private_key: secret.optional().describe('Reference to the private key in PEM form (jwt_bearer).'),
    pubsub_endpoint: z.string().optional().describe('host:port of the Pub/Sub API; the global endpoint when absent.'),
    pubsub_tls: referable(z.boolean()).optional().describe('TLS to the Pub/Sub endpoint; true when absent.'),
    api_version: z.string().optional().describe('REST API version, for example "66.0".'),
  })
  .describe('A Salesforce org.');

const SECRET_KEY = /password|secret|private_key|token(?!_url|_id)|api_key/;

/** Systems whose connectors bring their own keys: whatever they are, secrets among them must be references. */
function otherShape(type: 'netsuite' | 'zendesk') {
  return z
    .object({ type: z.literal(type).optional(), ...common })
    .catchall(z.union([z.string(), z.number(), z.boolean()]))
    .superRefine((system, context) => {
      for (const [key, value] of Object.entries(system)) {
        if (!SECRET_KEY.test(key) || REFERENCE.test(String(value))) continue;
        context.addIssue({ code: 'custom', path: [key], message: SECRET_PROBLEM });
      }
    });
}

export const systemShapes = {
  postgres: postgresShape,
  salesforce: salesforceShape,
  netsuite: otherShape('netsuite'),
  zendesk: otherShape('zendesk'),
} as const;

export type SystemType = keyof typeof systemShapes;
export const SYSTEM_TYPES = Object.keys(systemShapes) as readonly SystemType[];
export type PostgresDocument = z.output<typeof postgresShape>;
export type SalesforceDocument = z.output<typeof salesforceShape>;

export const secretKeys: ReadonlySet<string> = new Set(['password', 'ssl_ca', 'client_secret', 'private_key']);
