import { Metadata } from '@grpc/grpc-js';
import { describe, expect, it } from 'vitest';
import { pubSubErrorOf } from './pubsub-errors.ts';

function grpcError(status: number, suffix?: string): unknown {
  const metadata = new Metadata();
  if (suffix !== undefined) metadata.set('error-code', `sfdc.platform.eventbus.grpc.${suffix}`);
  return Object.assign(new Error('rpc failed'), { code: status, details: 'rpcId 1', metadata });
}
const mapped = (error: unknown) => pubSubErrorOf(error, 'api.example:7443', 'subscription to /data/X');

describe('error codes of the stream', () => {
  it.each([
    [3, 'subscription.fetch.replayid.corrupted', 'salesforce.replay_expired', 'halt'],
    [16, 'service.auth.error', 'salesforce.session_refused', 'retry'],
    [16, undefined, 'salesforce.session_refused', 'retry'],
    [16, 'service.auth.headers.invalid', 'salesforce.protocol', 'halt'],
    [14, 'service.unavailable', 'salesforce.stream_interrupted', 'retry'],
    [8, 'subscription.limit.exceeded', 'salesforce.throttled', 'retry'],
    [5, 'topic.not.found', 'salesforce.topic_unavailable', 'halt'],
    [7, 'service.tenant.license', 'salesforce.not_licensed', 'halt'],
    [14, undefined, 'salesforce.unreachable', 'retry'],
    [1, undefined, 'salesforce.unreachable', 'retry'],
    [3, undefined, 'salesforce.protocol', 'halt'],
    [3, 'something.new', 'salesforce.protocol', 'halt'],
  ])('status %d %s is %s, %s', (status, suffix, code, reaction) => {
    expect(mapped(grpcError(status, suffix))).toMatchObject({ code, reaction });
  });

  it('names the host, the call and what was said', () => {
    expect(mapped(grpcError(5, 'topic.not.found')).message).toBe(
      'subscription to /data/X at api.example:7443: topic.not.found: rpcId 1',
    );
  });
});
