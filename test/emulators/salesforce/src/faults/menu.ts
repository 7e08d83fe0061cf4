// Misfortunes that a test may order. Each is served as often as ordered and is then gone; those about requests may be
// narrowed by method and by a part of the path.
import { randomUUID } from 'node:crypto';
import { status } from '@grpc/grpc-js';
import { ApiError } from '../errors.ts';
import { PubSubError } from '../pubsub/errors.ts';

type Counted = { times: number };
type AboutRequests = Counted & { method?: string; path?: string };

/**
 * `times` says how often; unset means once. `path` is a part of the decoded path with its query. A late request without a
 * delay waits until it is released.
 */
export type Fault =
  | (AboutRequests & { kind: 'status'; status: number; code: string; message?: string })
  | (AboutRequests & { kind: 'latency'; delayMs: number })
  | (AboutRequests & { kind: 'drop-reply' })
  | (AboutRequests & { kind: 'drop-request' })
  | (AboutRequests & { kind: 'late-request'; delayMs?: number })
  | (Counted & { kind: 'row-error'; statusCode: string; message?: string; object?: string; ids?: string[] })
  | (Counted & { kind: 'stream-error'; grpcStatus: keyof typeof status; suffix: string });

type RequestKind = 'status' | 'latency' | 'drop-reply' | 'drop-request' | 'late-request';
type RequestFault = Extract<Fault, AboutRequests & { kind: RequestKind }>;

const FAULTS_MAX = 1000;

export class FaultMenu {
  #faults: Fault[] = [];
  /** Requests whose callers are cut off already and whose work is still to be done; each with what lets it go on. */
  readonly #late = new Map<object, () => void>();

  list(): readonly Fault[] {
    return this.#faults;
  }

  add(fault: Fault): void {
    if (this.#faults.length >= FAULTS_MAX) throw new Error('Too many faults are ordered already.');
    this.#faults.push({ ...fault, times: fault.times ?? 1 });
  }

  clear(): void {
    this.#faults = [];
  }

  /** The fault of a kind that is due for a request, which is thereby used once. */
  takeForRequest<Kind extends RequestFault['kind']>(
    kind: Kind,
    method: string,
    path: string,
  ): Extract<RequestFault, { kind: Kind }> | undefined {
    const fault = this.#faults.find(
      (each): each is Extract<RequestFault, { kind: Kind }> =>
        each.kind === kind &&
        (!('method' in each) || each.method === undefined || each.method === method) &&
        (!('path' in each) || each.path === undefined || path.includes(each.path)),
    );
    if (fault) this.#use(fault);
    return fault;
  }

  /** Refuses a row if that was ordered; `id` is null for a new record. */
  admitRow(object: string, id: string | null): void {
    const fault = this.#faults.find(
      (each): each is Extract<Fault, { kind: 'row-error' }> =>
        each.kind === 'row-error' &&
        (each.object === undefined || each.object === object) &&
        (each.ids === undefined || (id !== null && each.ids.includes(id))),
    );
    if (!fault) return;
    this.#use(fault);
    throw new ApiError(fault.statusCode, fault.message ?? 'unable to obtain exclusive access to this record');
  }

  get lateCount(): number {
    return this.#late.size;
  }

  async holdLate(request: object, delayMs?: number): Promise<void> {
    await new Promise<void>((resolve) => {
      this.#late.set(request, resolve);
      if (delayMs !== undefined) setTimeout(resolve, delayMs);
    });
  }

  releaseLate(): void {
    for (const goOn of this.#late.values()) goOn();
  }

  lateDone(request: object): void {
    this.#late.delete(request);
  }

  takeStreamError(): PubSubError | undefined {
    const fault = this.#faults.find((each) => each.kind === 'stream-error');
    if (!fault || fault.kind !== 'stream-error') return undefined;
    this.#use(fault);
    return new PubSubError(status[fault.grpcStatus], fault.suffix, 'Ordered by the fault menu.', randomUUID());
  }

  #use(fault: Fault): void {
    fault.times -= 1;
    if (fault.times <= 0) this.#faults = this.#faults.filter((each) => each !== fault);
  }
}
