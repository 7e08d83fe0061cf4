/** The way into one org: one session shared by REST and Pub/Sub. */
import { OAuthSessions } from './auth/session.ts';
import type { SalesforceConnection } from './connection.ts';
import { GrpcTransport } from './pubsub/grpc-transport.ts';
import type { PubSubTransport } from './pubsub/transport.ts';
import { SalesforceHttp, type HttpObserver } from './rest/http.ts';
import { SalesforceRest } from './rest/rest-client.ts';
import { systemTiming, type Timing } from './timing.ts';

export type SalesforceClient = {
  readonly rest: SalesforceRest;
  /** Opens a gRPC channel of its own; the caller closes it. */
  openPubSub(): PubSubTransport;
  close(): Promise<void>;
};

export type ClientOptions = HttpObserver & { readonly timing?: Timing };

export function createSalesforceClient(
  connection: SalesforceConnection,
  { timing = systemTiming, ...observer }: ClientOptions = {},
): SalesforceClient {
  const { apiVersion, callTimeoutMsMax } = connection;
  const sessions = new OAuthSessions(connection, timing);
  const http = new SalesforceHttp(sessions, { apiVersion, callTimeoutMsMax, ...observer });
  return {
    rest: new SalesforceRest(http),
    openPubSub: () => new GrpcTransport(sessions, connection),
    close: () => http.close(),
  };
}
