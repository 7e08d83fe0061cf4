/**
 * The Pub/Sub API as the subscriber needs it. Replay ids are opaque bytes of any length: they are kept and sent back,
 * never computed with.
 */
export type ReplayStart = { readonly preset: 'latest' } | { readonly preset: 'custom'; readonly replayId: Buffer };

export type WireEvent = {
  readonly id: string;
  readonly schemaId: string;
  readonly payload: Buffer;
  readonly replayId: Buffer;
};

/** One answer of the server. Without events it is a keepalive; its replay id may still have advanced. */
export type EventBatch = { readonly events: readonly WireEvent[]; readonly latestReplayId: Buffer };

export interface EventStream {
  readonly batches: AsyncIterable<EventBatch>;
  /** Asks for more events on top of what is still owed. */
  ask(count: number): void;
  cancel(): void;
}

export interface PubSubTransport {
  /** Opens a stream and asks for the first events. Resolves when the server has answered a call sent after the request. */
  open(topic: string, start: ReplayStart, count: number): Promise<EventStream>;
  /** The Avro schema (JSON) with this id. */
  schema(schemaId: string): Promise<string>;
  close(): void;
}
