/** What surrounds a source, in memory: checkpoints, known records, and a publisher that tells each fact in one line. */
import { ConnectorError, type SourceFact } from '@concord/connector-kit';
import type {
  Checkpoint,
  CheckpointLease,
  CheckpointStore,
  FactPublisher,
  KnownRange,
  KnownRecords,
} from '../source/ports.ts';

export function haltWith(code: string): ConnectorError {
  return new ConnectorError({ code, reaction: 'halt', message: code, hint: '' });
}

export class MemoryCheckpoints implements CheckpointStore {
  epoch = 0n;
  checkpoint: Checkpoint = { replayId: null, count: 0n, generation: 0n, snapshotDone: false };

  async lease(source: string): Promise<CheckpointLease> {
    this.epoch += 1n;
    return { source, epoch: this.epoch, checkpoint: this.checkpoint };
  }

  async save(lease: CheckpointLease, checkpoint: Checkpoint): Promise<void> {
    if (lease.epoch !== this.epoch) throw haltWith('store.fenced');
    this.checkpoint = checkpoint;
  }
}

/** Learns records from what is published, as the real publisher makes the store do. */
export class MemoryKnown implements KnownRecords {
  readonly entities = new Map<string, string[]>();

  async entitiesOf(_: string, nativeIds: readonly string[]): Promise<Map<string, string[]>> {
    return new Map(
      nativeIds.flatMap((id) => (this.entities.has(id) ? [[id, this.entities.get(id) ?? []] as const] : [])),
    );
  }

  async nativeIdsBetween({ entity, after, upTo, limit }: KnownRange): Promise<string[]> {
    return [...this.entities]
      .filter(([id, entities]) => entities.includes(entity) && id > after && (upTo === null || id <= upTo))
      .map(([id]) => id)
      .sort()
      .slice(0, limit);
  }
}

/** Facts as lines, `event` or `read` first, and a way to wait for one. */
export class TellingPublisher implements FactPublisher {
  readonly facts: SourceFact[] = [];
  failure: Error | null = null;
  readonly #known: MemoryKnown;
  #wake: () => void = () => undefined;

  constructor(known: MemoryKnown) {
    this.#known = known;
  }

  async publish(facts: readonly SourceFact[]): Promise<void> {
    if (this.failure !== null) throw this.failure;
    for (const fact of facts) this.#known.entities.set(fact.change.nativeId, [fact.entity]);
    this.facts.push(...facts);
    this.#wake();
  }

  get told(): string[] {
    return this.facts.map(lineOf);
  }

  /** The first fact from `from` on that fulfils the condition. */
  async next(condition: (fact: SourceFact) => boolean, from = 0): Promise<SourceFact> {
    for (;;) {
      const found = this.facts.slice(from).find(condition);
      if (found !== undefined) return found;
      await new Promise<void>((resolve) => (this.#wake = resolve));
    }
  }
}

function lineOf({ change }: SourceFact): string {
  const [generation, count] = [change.position.slice(0, 8), change.position.slice(8)];
  const name = change.values['account_name'] ?? change.existence;
  return change.snapshot
    ? `read ${name}`
    : `${Number.parseInt(generation, 16)}/${Number.parseInt(count, 16)} event ${name}`;
}
