/**
 * A group member on kafkajs. kafkajs pushes; this class turns that into polls, and adds what kafkajs lacks: offsets of
 * the store before the first message, a drain before partitions are given up, and a new life after a crash.
 *
 *   joined ──▶ paused ──start offsets──▶ open ──(rebalance, crash, stop)──▶ surrendering ──▶ joined | stopped
 *
 * While surrendering nothing is handed out; it lasts until the caller came back for the next poll and `onRevoked` is
 * done, or until `drainMsMax`. Whoever is later than that is fenced by the store, not by us.
 */
import { KafkaError } from '../errors.ts';
import { laneKey } from '../intake-buffer.ts';
import { logWarningsToStderr } from '../log.ts';
import type { KafkaLog } from '../log.ts';
import type {
  BatchConsumer,
  ConsumerHealth,
  ConsumerOptions,
  PartitionLag,
  PolledBatch,
  PollOptions,
  TopicPartition,
} from '../types.ts';
import { partitionCountsOf } from './connect.ts';
import { drain } from './drain.ts';
import { toKafkaError, unreachableError } from './errors.ts';
import { Intake } from './intake.ts';
import { PollTurn } from './poll-turn.ts';
import { Session } from './session.ts';
import type { SessionEvents } from './session.ts';
import { offsetLostError, startOffsetsOf } from './start-offsets.ts';
import { timingOf } from './timing.ts';
import type { ConsumerTiming } from './timing.ts';

const restartPauseMs = { first: 250, max: 2_000 };
/** A fetch answers within a quarter of a second; the rest is patience with a busy machine. */
const silenceMsMax = 10_000;

export function createConsumer(options: ConsumerOptions): BatchConsumer {
  return new KafkaJsConsumer(options);
}

class KafkaJsConsumer implements BatchConsumer {
  readonly #options: ConsumerOptions;
  readonly #timing: ConsumerTiming;
  readonly #log: KafkaLog;
  readonly #intake: Intake;
  readonly #turn = new PollTurn();
  #session: Session | null = null;
  #partitionCount = 0;
  #generation = 0;
  #assigned: TopicPartition[] = [];
  #owned = new Set<string>();
  #isOpen = false;
  #surrendering: Promise<void> | null = null;
  #stopping: Promise<void> | null = null;
  #lastError: Error | null = null;
  /** What the next poll has to throw. A preparation that failed is tried again by the poll after that. */
  #failure: { error: Error; retry: (() => void) | null } | null = null;

  constructor(options: ConsumerOptions) {
    this.#options = options;
    this.#timing = timingOf(options);
    this.#log = options.log ?? logWarningsToStderr;
    this.#intake = new Intake({
      bytesMax: options.bufferBytesMax ?? 8_388_608,
      messagesMax: options.bufferMessagesMax ?? 20_000,
      heartbeatIntervalMs: this.#timing.heartbeatIntervalMs,
      onArrival: () => this.#turn.wake(),
      onLost: (partition, expected, found) =>
        this.#halt(offsetLostError({ ...partition, offset: expected }, { next: found })),
    });
  }

  async start(): Promise<void> {
    const counts = await partitionCountsOf(this.#options, this.#options.topics);
    this.#partitionCount = [...counts.values()].reduce((sum, count) => sum + count, 0);
    if (this.#stopping !== null) return;
    await this.#startSession();
  }

  async poll({ messagesMax, waitMsMax, signal }: PollOptions): Promise<PolledBatch> {
    this.#turn.begin();
    this.#throwFailure();
    if (!this.#intake.hasMessages && signal?.aborted !== true) await this.#turn.wait(waitMsMax, signal);
    this.#throwFailure();
    const canTake = this.#isOpen && signal?.aborted !== true;
    const messages = canTake ? this.#intake.take(messagesMax, this.#options.pollBytesMax ?? 2_097_152) : [];
    this.#turn.end(messages.length > 0);
    return { messages, generation: this.#generation };
  }

  async commit(offsets: (TopicPartition & { nextOffset: bigint })[]): Promise<void> {
    const owned = offsets.filter(({ topic, partition }) => this.#owned.has(laneKey(topic, partition)));
    if (owned.length === 0 || this.#session === null) return;
    try {
      await this.#session.consumer.commitOffsets(
        owned.map(({ topic, partition, nextOffset }) => ({ topic, partition, offset: String(nextOffset) })),
      );
    } catch (thrown) {
      throw toKafkaError(thrown, { action: 'committing offsets', brokers: this.#options.brokers });
    }
  }

  /** Lasts until `resume` or the end of the assignment. What is held of a partition is fetched again afterwards. */
  pause(partitions: TopicPartition[]): void {
    for (const partition of this.#onlyAssigned(partitions)) {
      this.#session!.consumer.pause([{ topic: partition.topic, partitions: [partition.partition] }]);
      const first = this.#intake.firstHeld(partition);
      if (first !== null) this.#seekTo(partition, first);
    }
  }

  resume(partitions: TopicPartition[]): void {
    if (!this.#isOpen) return;
    for (const { topic, partition } of this.#onlyAssigned(partitions)) {
      this.#session!.consumer.resume([{ topic, partitions: [partition] }]);
    }
  }

  seek(partition: TopicPartition, offset: bigint): void {
    for (const found of this.#onlyAssigned([partition])) this.#seekTo(found, offset);
  }

  assignment(): TopicPartition[] {
    return [...this.#assigned];
  }

  lag(): PartitionLag[] {
    return this.#isOpen ? this.#intake.lag() : [];
  }

  health(): ConsumerHealth {
    const isSilent = this.#isOpen && !this.#intake.isHolding && (this.#session?.msSinceLastFetch() ?? 0) > silenceMsMax;
    const lastError = isSilent ? this.#silentError() : this.#lastError;
    return { assigned: this.#assigned.length, isFetching: this.#isOpen && !isSilent, lastError };
  }

  stop(): Promise<void> {
    this.#stopping ??= this.#stop();
    return this.#stopping;
  }

  async #stop(): Promise<void> {
    this.#turn.wake();
    // The caller that stops has ended its loop or lets onRevoked wait for it, so the last poll counts as done.
    this.#turn.release();
    await this.#surrender();
    await this.#session?.stop();
    this.#session = null;
  }

  async #startSession(): Promise<void> {
    const events: SessionEvents = {
      beforeJoin: () => this.#surrender(),
      onJoined: (assigned) => this.#onJoined(session, assigned),
      onBatch: (payload) => this.#intake.accept(payload),
      onFiltered: (batch) => this.#intake.noteFiltered(batch),
      onCrash: (error) => void this.#onCrash(session, error),
    };
    const session = new Session(this.#options, this.#timing, events, this.#session ?? undefined);
    this.#session = session;
    try {
      await session.start(this.#partitionCount);
    } catch (thrown) {
      await session.stop();
      throw toKafkaError(thrown, { action: 'joining the group', brokers: this.#options.brokers });
    }
  }

  #onJoined(session: Session, assigned: TopicPartition[]): void {
    if (this.#stopping !== null) return;
    this.#generation++;
    this.#assigned = assigned;
    this.#owned = new Set(assigned.map(({ topic, partition }) => laneKey(topic, partition)));
    this.#intake.close(assigned);
    for (const { topic, partition } of assigned) session.consumer.pause([{ topic, partitions: [partition] }]);
    if (assigned.length > 0) return void this.#prepare(session, this.#generation);
    this.#isOpen = true;
    this.#isWell();
  }

  /** From an assignment to the first fetch. Ends without effect when the assignment has changed meanwhile. */
  async #prepare(session: Session, generation: number): Promise<void> {
    const isCurrent = (): boolean => generation === this.#generation && this.#assigned.length > 0;
    try {
      const offsets = await startOffsetsOf(this.#options, this.#assigned);
      if (!isCurrent()) return;
      this.#intake.open();
      this.#isOpen = true;
      this.#isWell();
      for (const found of offsets) {
        this.#seekTo(found, found.offset);
        session.consumer.resume([{ topic: found.topic, partitions: [found.partition] }]);
      }
    } catch (thrown) {
      if (!isCurrent()) return;
      const error = thrown instanceof Error ? thrown : new Error(String(thrown));
      this.#fail(error, () => void this.#prepare(session, generation));
    }
  }

  #seekTo(partition: TopicPartition, offset: bigint): void {
    this.#intake.rewind(partition, offset);
    this.#session?.consumer.seek({ topic: partition.topic, partition: partition.partition, offset: String(offset) });
  }

  #onlyAssigned(partitions: TopicPartition[]): TopicPartition[] {
    if (this.#session === null || this.#assigned.length === 0) return [];
    return partitions.filter(({ topic, partition }) => this.#owned.has(laneKey(topic, partition)));
  }

  #surrender(): Promise<void> {
    if (this.#surrendering !== null) return this.#surrendering;
    if (this.#assigned.length === 0) return Promise.resolve();
    const lost = this.#assigned;
    this.#assigned = [];
    this.#isOpen = false;
    this.#intake.close([]);
    this.#surrendering = drain({
      lost,
      callerIsDone: this.#turn.isDone(),
      onRevoked: this.#options.onRevoked,
      heartbeat: () => this.#intake.heartbeatNow(),
      heartbeatIntervalMs: this.#timing.heartbeatIntervalMs,
      drainMsMax: this.#timing.drainMsMax,
      log: this.#log,
    }).finally(() => {
      this.#owned.clear();
      this.#surrendering = null;
    });
    return this.#surrendering;
  }

  async #onCrash(session: Session, thrown: Error): Promise<void> {
    if (this.#stopping !== null || session !== this.#session) return;
    const error = toKafkaError(thrown, {
      action: `consuming as ${this.#options.groupId}`,
      brokers: this.#options.brokers,
    });
    this.#lastError = error;
    this.#log('warn', 'the group member lost Kafka', { code: error.code, error: error.message, hint: error.hint });
    await this.#surrender();
    await session.stop();
    if (error.reaction === 'halt') this.#fail(error, null);
    else await this.#restart();
  }

  async #restart(): Promise<void> {
    let pauseMs = restartPauseMs.first;
    while (this.#stopping === null) {
      await new Promise((resolve) => setTimeout(resolve, pauseMs));
      if (this.#stopping !== null) return;
      try {
        return await this.#startSession();
      } catch (thrown) {
        this.#lastError = thrown as Error;
        if (thrown instanceof KafkaError && thrown.reaction === 'halt') return this.#fail(thrown, null);
        pauseMs = Math.min(pauseMs * 2, restartPauseMs.max);
      }
    }
  }

  #isWell(): void {
    if (this.#lastError !== null) this.#log('info', 'the group member is back', { groupId: this.#options.groupId });
    this.#lastError = null;
  }

  /** Something was lost for good: nothing more is handed out and every poll says why. */
  #halt(error: KafkaError): void {
    this.#isOpen = false;
    this.#intake.close([]);
    for (const { topic, partition } of this.#assigned) {
      this.#session?.consumer.pause([{ topic, partitions: [partition] }]);
    }
    this.#fail(error, null);
  }

  #silentError(): KafkaError {
    return unreachableError({ action: 'fetching', brokers: this.#options.brokers }, new Error('the broker is silent'));
  }

  #fail(error: Error, retry: (() => void) | null): void {
    this.#lastError = error;
    this.#failure = { error, retry };
    this.#turn.wake();
  }

  #throwFailure(): void {
    if (this.#stopping !== null && this.#session === null) {
      this.#turn.end(false);
      throw new KafkaError({ code: 'kafka.stopped', message: 'Kafka: this consumer was stopped', hint: stoppedHint });
    }
    if (this.#failure === null) return;
    const { error, retry } = this.#failure;
    if (retry !== null) {
      this.#failure = null;
      retry();
    }
    this.#turn.end(false);
    throw error;
  }
}

const stoppedHint = 'End the polling loop when the service stops, before or with the consumer.';
