/** Everything needed to reach one org. Secrets are plain values from here on and never leave the connection. */
import type { SalesforceSystemConfig } from '@concord/config';

export type JwtBearerGrant = {
  readonly kind: 'jwt_bearer';
  readonly clientId: string;
  readonly username: string;
  /** PEM, PKCS#1 or PKCS#8. */
  readonly privateKey: string;
  /** Defaults to the login URL's origin, which is right for login.salesforce.com and test.salesforce.com. */
  readonly audience?: string;
};

type ClientCredentialsGrant = {
  readonly kind: 'client_credentials';
  readonly clientId: string;
  readonly clientSecret: string;
};

export type SalesforceConnection = {
  /** Where tokens are minted: the login host for JWT bearer, the My Domain host for client credentials. */
  readonly loginUrl: string;
  readonly grant: JwtBearerGrant | ClientCredentialsGrant;
  readonly apiVersion: string;
  /** host:port of the Pub/Sub API. */
  readonly pubsubEndpoint: string;
  readonly pubsubSecurity: 'tls' | 'plaintext';
  readonly callTimeoutMsMax: number;
};

/** What holds for every org unless the config says otherwise. */
export const connectionDefaults = {
  loginUrl: 'https://login.salesforce.com',
  apiVersion: '67.0',
  pubsubEndpoint: 'api.pubsub.salesforce.com:7443',
  pubsubSecurity: 'tls',
  callTimeoutMsMax: 60_000,
} as const satisfies Omit<SalesforceConnection, 'grant'>;

/** The connection that a checked config describes. Reads the secrets. */
export function connectionOf(config: SalesforceSystemConfig): SalesforceConnection {
  const { grant, loginUrl, pubsubSecurity } = config;
  return {
    loginUrl,
    pubsubSecurity,
    apiVersion: config.apiVersion ?? connectionDefaults.apiVersion,
    pubsubEndpoint: config.pubsubEndpoint ?? connectionDefaults.pubsubEndpoint,
    callTimeoutMsMax: connectionDefaults.callTimeoutMsMax,
    grant:
      grant.kind === 'jwt_bearer'
        ? { ...grant, privateKey: grant.privateKey.reveal() }
        : { ...grant, clientSecret: grant.clientSecret.reveal() },
  };
}

/** The fields by which a record carries our id and the mark of our last write. */
export const SYNC_ID_FIELD = 'Sync_Id__c';
export const SYNC_STAMP_FIELD = 'Sync_Stamp__c';

/** The fields of the guard: the org counts the saves of a record in one, and a write says in the other which it has seen. */
export const SYNC_REVISION_FIELD = 'Sync_Rev__c';
export const SYNC_BASE_FIELD = 'Sync_Base__c';
