// One Subscribe call. The first request fixes topic and start; every request adds demand, of which at most a hundred is
// remembered. While demand is open, events are sent as they come and a keepalive in quiet times; once it is used up the
// client has a while to ask for more before the stream is ended.
import { randomUUID } from 'node:crypto';
import type { ServerDuplexStream } from '@grpc/grpc-js';
import type { BusEvent, EventBus } from '../events/bus.ts';
import { fromReplayId, toReplayId } from '../events/replay-id.ts';
import { invalidArgument } from './errors.ts';
import type { PubSubError } from './errors.ts';
import type { ConsumerEvent, FetchRequest, FetchResponse } from './messages.ts';

const DEMAND_MAX = 100;
const RESPONSE_BYTES_MAX = 2_000_000;

export type SubscriptionSettings = {
  bus: EventBus;
  entitiesOfTopic: (topic: string) => string[] | undefined;
  keepaliveMs: number;
  idleMs: number;
  onClose: (subscription: Subscription) => void;
};

export class Subscription {
  readonly #call: ServerDuplexStream<FetchRequest, FetchResponse>;
  readonly #settings: SubscriptionSettings;
  readonly #rpcId = randomUUID();
  readonly #stopListening: () => void;
  #topic: string | null = null;
  #entities: string[] = [];
  #position = 0;
  #demand = 0;
  #timer: NodeJS.Timeout | undefined;
  #isPumpDue = false;
  #isOpen = true;

  constructor(call: ServerDuplexStream<FetchRequest, FetchResponse>, settings: SubscriptionSettings) {
    this.#call = call;
    this.#settings = settings;
    this.#stopListening = settings.bus.onEvents(() => this.#schedulePump());
    call.on('data', (request: FetchRequest) => this.#onRequest(request));
    call.on('end', () => this.end());
    call.on('cancelled', () => this.#close());
    call.on('error', () => this.#close());
  }

  fail(error: PubSubError): void {
    if (!this.#isOpen) return;
    this.#close();
    this.#call.emit('error', error);
  }

  end(): void {
    if (!this.#isOpen) return;
    this.#close();
    this.#call.end();
  }

  #onRequest(request: FetchRequest): void {
    if (!this.#isOpen) return;
    const fault = this.#topic === null ? this.#start(request) : this.#checkTopic(request);
    if (fault) return this.fail(fault);
    if (request.num_requested <= 0) {
      return this.fail(
        this.#refusal('fetch.requested.events.invalid', 'The number of requested events must be positive.'),
      );
    }
    this.#demand = Math.min(DEMAND_MAX, this.#demand + request.num_requested);
    this.#restartTimer();
    this.#schedulePump();
  }

  #start(request: FetchRequest): PubSubError | undefined {
    if (request.topic_name === '')
      return invalidArgument('topic.validation.empty', 'The topic name is empty.', this.#rpcId);
    const entities = this.#settings.entitiesOfTopic(request.topic_name);
    if (!entities) {
      return invalidArgument('topic.not.found', `The topic ${request.topic_name} was not found.`, this.#rpcId);
    }
    const start = this.#startOf(request);
    if (typeof start !== 'number') return start;
    this.#topic = request.topic_name;
    this.#entities = entities;
    this.#position = start;
    return undefined;
  }

  /** CUSTOM starts strictly after the id. An expired and a malformed id are refused alike: the vendor does not tell them apart. */
  #startOf(request: FetchRequest): number | PubSubError {
    const { bus } = this.#settings;
    if (request.replay_preset === 'EARLIEST') return bus.earliest();
    if (request.replay_preset !== 'CUSTOM') return bus.latest();
    if (request.replay_id.length === 0) {
      return this.#refusal('fetch.replayid.validation.failed', 'The preset CUSTOM requires a replay id.');
    }
    const position = fromReplayId(request.replay_id);
    if (position !== undefined && bus.isValid(position)) return position;
    return this.#refusal(
      'fetch.replayid.corrupted',
      'The replay id is not valid or older than the retention of the bus.',
    );
  }

  /** A later request may leave the topic empty, but may not name another one. */
  #checkTopic(request: FetchRequest): PubSubError | undefined {
    if (request.topic_name === '' || request.topic_name === this.#topic) return undefined;
    return this.#refusal('fetch.topic.mismatch', 'The topic differs from that of the first request.');
  }

  /** Many commits in one turn of the event loop are sent together. */
  #schedulePump(): void {
    if (this.#isPumpDue || !this.#isOpen || this.#topic === null) return;
    this.#isPumpDue = true;
    setImmediate(() => {
      this.#isPumpDue = false;
      this.#pump();
    });
  }

  /** Sends what there is, as far as demand goes; the position is that of the last event sent. */
  #pump(): void {
    while (this.#isOpen && this.#demand > 0) {
      const events = withinSize(this.#settings.bus.read(this.#entities, this.#position, this.#demand));
      const last = events.at(-1);
      if (!last) return;
      this.#demand -= events.length;
      this.#position = last.replay;
      this.#send(events.map(toConsumerEvent));
    }
  }

  #send(events: ConsumerEvent[]): void {
    this.#call.write({
      events,
      latest_replay_id: toReplayId(this.#position),
      rpc_id: this.#rpcId,
      pending_num_requested: this.#demand,
    });
    this.#restartTimer();
  }

  /** One timer for both silences: the server's while demand is open, the client's once it is used up. */
  #restartTimer(): void {
    clearTimeout(this.#timer);
    if (this.#demand === 0) this.#timer = setTimeout(() => this.end(), this.#settings.idleMs);
    else this.#timer = setTimeout(() => this.#keepAlive(), this.#settings.keepaliveMs);
    this.#timer.unref();
  }

  /** The position moves past other tenants' events only after our own were looked for, so none can be skipped. */
  #keepAlive(): void {
    const before = this.#position;
    this.#pump();
    if (!this.#isOpen || this.#position !== before) return;
    this.#position = Math.max(this.#position, this.#settings.bus.tick());
    this.#send([]);
  }

  #refusal(suffix: string, message: string): PubSubError {
    return invalidArgument(`subscription.${suffix}`, message, this.#rpcId);
  }

  #close(): void {
    if (!this.#isOpen) return;
    this.#isOpen = false;
    this.#settings.onClose(this);
    clearTimeout(this.#timer);
    this.#stopListening();
  }
}

/** Keeps a response below the four megabytes that gRPC clients accept; at least one event always goes. */
function withinSize(events: BusEvent[]): BusEvent[] {
  let bytes = 0;
  const end = events.findIndex((event) => (bytes += event.payload.length) > RESPONSE_BYTES_MAX);
  return end < 0 ? events : events.slice(0, Math.max(1, end));
}

function toConsumerEvent(event: BusEvent): ConsumerEvent {
  return {
    event: { id: event.eventId, schema_id: event.schemaId, payload: event.payload, headers: [] },
    replay_id: toReplayId(event.replay),
  };
}
