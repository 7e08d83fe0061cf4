/**
 * Judges what the processes do between the systems, after every commit and every execution: each input decided exactly once
 * and in order (I8), each command decided before it is executed, executed at most once and never behind a later one (I2),
 * one command in flight per record and system, bounded lists of what is not echoed yet, and no command sent again when
 * nothing has happened that could change its fate (I10). All of it by counting; no state of the core is read.
 */
import type { Command, CommandOutcome, Decision } from '@concord/core';
import { PARTITIONS } from './broker.ts';
import type { Commit, CommittedStep, Offsets } from './store.ts';
import type { WireCommand } from './system.ts';

/** As I10 promises. */
const UNECHOED_MAX = 16;

type Report = (kind: string, detail: string) => void;

/** What is known of the commands of one record to one system. */
type Lane = {
  open: Command | null;
  readonly unechoed: Set<number>;
  /** The last command that failed, as text. */
  failed: string | null;
  /** The record's version when the last command was issued, and whether the system's stream told anything since. */
  version: number;
  heard: boolean;
};

export class DeliveryAuditor {
  readonly #report: Report;
  readonly #decided: readonly Offsets[];
  readonly #next: Offsets[];
  readonly #issued = new Map<string, string>();
  readonly #executed = new Map<string, number>();
  /** Creates and updates that took effect. A delete leaves no stamp, so its executor may have to guess (README). */
  readonly #effective = new Set<string>();
  readonly #lanes = new Map<string, Lane>();

  constructor(report: Report) {
    this.#report = report;
    this.#decided = PARTITIONS.map(() => ({ changes: 0, outcomes: 0 }));
    this.#next = [...this.#decided];
  }

  committed({ partition, from, offsets, steps }: Commit): void {
    const expected = this.#next[partition];
    if (expected === undefined) throw new RangeError(`No partition ${partition}`);
    for (const topic of ['changes', 'outcomes'] as const) {
      if (from[topic] < expected[topic])
        this.#report('decided_twice', `${topic} of partition ${partition} from ${from[topic]}`);
      if (from[topic] > expected[topic])
        this.#report('skipped', `${topic} of partition ${partition} up to ${from[topic]}`);
    }
    this.#next[partition] = offsets;
    for (const step of steps) this.#stepped(step);
  }

  /** `outcome` as the target gave it, before anybody could lose it. */
  executed(command: WireCommand, outcome: CommandOutcome): void {
    const { system, record, sequence } = command;
    const name = `${system} ${record} ${sequence}`;
    if (this.#issued.get(name) !== contentOf(command))
      this.#report('phantom', `${name} was executed and never decided`);
    if (outcome.result !== 'applied') return;
    if (command.operation !== 'delete') this.#effective.add(name);
    const stream = `${system} ${record}`;
    const last = this.#executed.get(stream) ?? 0;
    // A delete leaves no stamp: undeleted while its reply is lost, a row is deleted again (README).
    if (sequence === last && command.operation !== 'delete') this.#report('executed_twice', name);
    if (sequence < last) this.#report('overtaken', `${name} after ${last}`);
    this.#executed.set(stream, Math.max(last, sequence));
  }

  #stepped({ record, inputs, decisions, after }: CommittedStep): void {
    for (const input of inputs) {
      if (input.kind === 'change') this.#lane(record, input.system).heard = true;
      if (input.kind === 'outcome') this.#checkOutcome(record, input);
    }
    for (const decision of decisions) this.#followed(record, decision, after.version);
  }

  /** What took effect is never said to have failed. */
  #checkOutcome(record: string, { system, sequence, result }: CommandOutcome): void {
    const name = `${system} ${record} ${sequence}`;
    const isTrue = result === 'applied' || result === 'waiting' || !this.#effective.has(name);
    if (!isTrue) this.#report('misreported', `${name} was executed and is told as ${result}`);
  }

  #followed(record: string, decision: Decision, version: number): void {
    switch (decision.type) {
      case 'command_issued':
        return this.#followIssue(record, decision.system, { command: decision.command, version });
      case 'record_absorbed':
        for (const system of Object.keys(decision.copies)) {
          this.#lanes.set(`${record}/${system}`, this.#lane(decision.record, system));
        }
        return undefined;
      case 'echoed': {
        const lane = this.#lane(record, decision.system);
        for (const sequence of [decision.sequence, ...decision.implied]) lane.unechoed.delete(sequence);
        if (lane.open?.sequence === decision.sequence) lane.open = null;
        return undefined;
      }
      case 'outcome_recorded': {
        const lane = this.#lane(record, decision.system);
        const { open } = lane;
        if (open === null || open.sequence !== decision.sequence || decision.result === 'waiting') {
          if (decision.result !== 'waiting')
            this.#report('settled_twice', `${decision.system} ${record} ${decision.sequence}`);
          return undefined;
        }
        lane.open = null;
        if (decision.result === 'applied' && !decision.shown) lane.unechoed.add(decision.sequence);
        if (decision.result !== 'applied') lane.failed = wayOf(open);
        return undefined;
      }
      default:
        return undefined;
    }
  }

  #followIssue(record: string, system: string, { command, version }: { command: Command; version: number }): void {
    const lane = this.#lane(record, system);
    const name = `${system} ${record} ${command.sequence}`;
    this.#issued.set(name, contentOf({ ...command, record, system }));
    if (lane.open !== null) this.#report('two_in_flight', `${name} beside ${lane.open.sequence}`);
    if (lane.unechoed.size >= UNECHOED_MAX)
      this.#report('unbounded', `${name} beside ${lane.unechoed.size} without echo`);
    const isHopeless = lane.failed === wayOf(command) && !lane.heard && lane.version === version;
    if (isHopeless) this.#report('spinning', `${name}: ${lane.failed}`);
    lane.failed = null;
    lane.version = version;
    lane.heard = false;
    lane.open = command;
  }

  #lane(record: string, system: string): Lane {
    const key = `${record}/${system}`;
    const known = this.#lanes.get(key);
    if (known !== undefined) return known;
    const lane: Lane = { open: null, unechoed: new Set(), failed: null, version: 0, heard: false };
    this.#lanes.set(key, lane);
    return lane;
  }
}

function contentOf({ operation, values, expected }: WireCommand): string {
  return JSON.stringify([operation, values, expected]);
}

/** Two commands with the same way meet the same fate unless something happens in between. */
function wayOf({ operation, nativeId, values, expected }: Command): string {
  return JSON.stringify([operation, nativeId, values, expected]);
}
