// Refusals of the Pub/Sub API: a gRPC status whose trailer `error-code` says what is meant, with the id of the call.
import { Metadata, status } from '@grpc/grpc-js';

const PREFIX = 'sfdc.platform.eventbus.grpc.';

export class PubSubError extends Error {
  override name = 'PubSubError';
  readonly code: status;
  readonly details: string;
  readonly metadata = new Metadata();

  constructor(code: status, suffix: string, message: string, rpcId: string) {
    super(message);
    this.code = code;
    this.details = `${message} rpcId: ${rpcId}`;
    this.metadata.set('error-code', PREFIX + suffix);
    this.metadata.set('rpc-id', rpcId);
  }
}

export function invalidArgument(suffix: string, message: string, rpcId: string): PubSubError {
  return new PubSubError(status.INVALID_ARGUMENT, suffix, message, rpcId);
}
