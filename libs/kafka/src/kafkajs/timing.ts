/** The clocks of a group member, derived from the two that a user may want to set. */
import type { ConsumerOptions } from '../types.ts';

export type ConsumerTiming = {
  sessionTimeoutMs: number;
  heartbeatIntervalMs: number;
  drainMsMax: number;
  rebalanceTimeoutMs: number;
  fetchWaitMs: number;
};

export function timingOf(options: ConsumerOptions): ConsumerTiming {
  const sessionTimeoutMs = options.sessionTimeoutMs ?? 10_000;
  const drainMsMax = options.drainMsMax ?? 10_000;
  return {
    sessionTimeoutMs,
    // A rebalance is noticed with a heartbeat, so this is also how long the others wait for us to notice.
    heartbeatIntervalMs: Math.min(1_000, Math.floor(sessionTimeoutMs / 4)),
    drainMsMax,
    // The broker expels whoever has not rejoined by then; the drain has to fit with room to spare.
    rebalanceTimeoutMs: drainMsMax + Math.max(10_000, sessionTimeoutMs),
    // New data ends the wait at once (minBytes 1); this only bounds how long stop, seek and resume go unnoticed.
    fetchWaitMs: 250,
  };
}
