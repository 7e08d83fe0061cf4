/**
 * What happens before partitions are given up: the caller finishes what it holds, then the hook of the service runs.
 * Both together have a bound, because the whole group waits; heartbeats go on, so that the member is not expelled.
 */
import type { KafkaLog } from '../log.ts';
import type { TopicPartition } from '../types.ts';
import { settledWithin } from './within.ts';

export type Drain = {
  lost: TopicPartition[];
  callerIsDone: Promise<void>;
  onRevoked: ((lost: TopicPartition[]) => Promise<void>) | undefined;
  heartbeat: () => void;
  heartbeatIntervalMs: number;
  drainMsMax: number;
  log: KafkaLog;
};

/** Never rejects: a failed drain must not keep the partitions from the others, and the store fences what comes late. */
export async function drain({ lost, drainMsMax, log, ...parts }: Drain): Promise<void> {
  const heartbeats = setInterval(parts.heartbeat, parts.heartbeatIntervalMs);
  const work = async (): Promise<void> => {
    await parts.callerIsDone;
    await parts.onRevoked?.(lost);
  };
  const outcome = await settledWithin(drainMsMax, work());
  clearInterval(heartbeats);
  if (outcome.kind === 'late') {
    log('warn', 'partitions are given up before the work on them was done', { drainMsMax, partitions: lost.length });
  } else if (outcome.kind === 'failed') {
    log('error', 'the drain before giving up partitions failed', { error: String(outcome.error) });
  }
}
