/**
 * Reads a system's stream into `changes`: read, publish, keep the place. A crash forgets what was not kept and reads it
 * again; a zombie publishes what it had read long after its successor has published more.
 */
import type { Random } from '@concord/testing';
import { send } from './broker.ts';
import type { RecordInput, Topic } from './broker.ts';
import type { Procedures } from './procedures.ts';
import type { SimulatedSystem, StreamEvent } from './system.ts';

export class Ingester {
  readonly name: string;
  readonly system: SimulatedSystem;
  readonly #changes: Topic<RecordInput>;
  readonly #procedures: Procedures;
  #next = 0;
  #checkpoint = 0;
  #read: readonly StreamEvent[] = [];
  readonly #zombies: (readonly StreamEvent[])[] = [];

  constructor(system: SimulatedSystem, changes: Topic<RecordInput>, procedures: Procedures) {
    this.name = `ingester of ${system.profile.name}`;
    this.system = system;
    this.#changes = changes;
    this.#procedures = procedures;
  }

  get hasWork(): boolean {
    return this.#read.length > 0 || this.#next < this.system.stream.length || this.#zombies.length > 0;
  }

  run(random: Random): string {
    if (this.#zombies.length > 0 && (this.#isIdle || random.chance(0.2))) {
      this.#publish(random, this.#zombies.shift() ?? []);
      return 'a zombie publishes what it had read';
    }
    if (this.#read.length === 0) {
      this.#read = this.system.stream.slice(this.#next, this.#next + 1 + random.below(3));
      this.#next += this.#read.length;
      if (!this.#procedures.checkpointsAfterPublishing) this.#checkpoint = this.#next;
      if (random.chance(0.3)) return `reads ${this.#read.length} events`;
    }
    const count = this.#read.length;
    this.#publish(random, this.#read);
    this.#read = [];
    if (random.chance(0.5)) this.#checkpoint = this.#next;
    return `publishes ${count} events`;
  }

  crash(random: Random): string {
    const isZombie = this.#read.length > 0 && random.chance(0.5);
    if (isZombie) this.#zombies.push(this.#read);
    this.#read = [];
    this.#next = this.#checkpoint;
    return isZombie ? 'is replaced and does not know it' : 'crashes';
  }

  get #isIdle(): boolean {
    return this.#read.length === 0 && this.#next >= this.system.stream.length;
  }

  #publish(random: Random, events: readonly StreamEvent[]): void {
    send(
      random,
      this.#changes,
      events.map(({ record, change }) => ({ record: this.system.recordOf(record), input: change })),
    );
  }
}
