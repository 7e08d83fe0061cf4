/**
 * Keeps one topic's stream open and hands its batches on, one after the other.
 *
 * Demand: the events asked for and not yet handled are always `demand` in number, because exactly as many are asked for as
 * were made durable. Position: a batch's replay id becomes the place to resume from only after its handler has returned.
 * Whatever breaks, be it the stream or the handler, the stream is opened again from that place after a growing pause; only
 * errors whose reaction is `halt` end the subscription.
 *
 * A stream opened at LATEST that breaks before its first answer leaves no place to resume from: what happened meanwhile
 * would be missed. That is the result `position_unknown`, and the caller reads the object anew.
 */
import { ConnectorError } from '@concord/connector-kit';
import { isThrottled, reactionOf } from '../errors.ts';
import { backoffDelayMs, type Backoff, type Timing } from '../timing.ts';
import type { EventBatch, EventStream, PubSubTransport, ReplayStart } from './transport.ts';

export type Interruption = {
  readonly topic: string;
  readonly attempt: number;
  readonly delayMs: number;
  readonly error: unknown;
};

export type Subscription = {
  readonly transport: PubSubTransport;
  readonly topic: string;
  readonly start: ReplayStart;
  /** Returns when the batch is durable. */
  readonly handle: (batch: EventBatch) => Promise<void>;
  readonly onOpen?: () => void;
  readonly onInterruption?: (interruption: Interruption) => void;
  readonly timing: Timing;
  readonly signal: AbortSignal;
  readonly limits?: Partial<SubscriptionLimits>;
};

export type SubscriptionLimits = {
  readonly demand: number;
  /** The server shows that it is alive within 270 s; a stream silent for longer is taken for dead. */
  readonly silenceMsMax: number;
  readonly backoff: Backoff;
  /** For limits of the org, which do not pass within seconds. */
  readonly throttledBackoff: Backoff;
};

export const subscriptionLimits: SubscriptionLimits = {
  demand: 100,
  silenceMsMax: 330_000,
  backoff: { delayMsMin: 250, delayMsMax: 30_000 },
  throttledBackoff: { delayMsMin: 15_000, delayMsMax: 300_000 },
};

export async function subscribe(subscription: Subscription): Promise<'stopped' | 'position_unknown'> {
  const { topic, timing, signal } = subscription;
  const limits = { ...subscriptionLimits, ...subscription.limits };
  const place: Place = { start: subscription.start, attempt: 0, isOpened: false };
  while (!signal.aborted) {
    try {
      await follow(subscription, limits, place);
    } catch (error) {
      if (signal.aborted) break;
      if (reactionOf(error) === 'halt') throw error;
      const delayMs = backoffDelayMs(
        place.attempt,
        isThrottled(error) ? limits.throttledBackoff : limits.backoff,
        timing.random,
      );
      subscription.onInterruption?.({ topic, attempt: place.attempt, delayMs, error });
      place.attempt += 1;
      await timing.sleep(delayMs, signal);
      if (place.isOpened && place.start.preset === 'latest') return signal.aborted ? 'stopped' : 'position_unknown';
    }
  }
  return 'stopped';
}

type Place = { start: ReplayStart; attempt: number; isOpened: boolean };

/** Follows one stream until it ends; a stream that ends without an error is an interruption like any other. */
async function follow(subscription: Subscription, limits: SubscriptionLimits, place: Place): Promise<never> {
  const { transport, topic, handle, signal, timing } = subscription;
  const stream = await transport.open(topic, place.start, limits.demand);
  const cancel = (): void => stream.cancel();
  signal.addEventListener('abort', cancel);
  try {
    place.isOpened = true;
    subscription.onOpen?.();
    const batches = stream.batches[Symbol.asyncIterator]();
    while (!signal.aborted) {
      const batch = await nextBatch(batches, stream, { silenceMsMax: limits.silenceMsMax, timing, topic });
      await handle(batch);
      if (batch.latestReplayId.length > 0) place.start = { preset: 'custom', replayId: batch.latestReplayId };
      place.attempt = 0;
      if (batch.events.length > 0) stream.ask(batch.events.length);
    }
    throw interrupted(topic, 'stopped');
  } finally {
    signal.removeEventListener('abort', cancel);
    stream.cancel();
  }
}

async function nextBatch(
  batches: AsyncIterator<EventBatch>,
  stream: EventStream,
  { silenceMsMax, timing, topic }: { silenceMsMax: number; timing: Timing; topic: string },
): Promise<EventBatch> {
  const answered = new AbortController();
  const silence = timing.sleep(silenceMsMax, answered.signal).then(() => {
    if (!answered.signal.aborted) stream.cancel();
    return 'silence' as const;
  });
  try {
    const next = await Promise.race([batches.next(), silence]);
    if (next === 'silence') throw interrupted(topic, `nothing was heard for ${silenceMsMax} ms`);
    if (next.done === true) throw interrupted(topic, 'the server ended the stream');
    return next.value;
  } finally {
    answered.abort();
  }
}

function interrupted(topic: string, why: string): ConnectorError {
  return new ConnectorError({
    code: 'salesforce.stream_interrupted',
    reaction: 'retry',
    message: `subscription to ${topic}: ${why}`,
    hint: 'Nothing to do: the stream is opened again from the last stored position.',
  });
}
