/**
 * Two sides that edit the same few records at once: users of the org, through its pages, and the other system, through the
 * sink. In between stands the smallest resolver that can be right: it knows of the org what its stream has told, lets the
 * org win, and sends a record's next command when the last one is settled. Everything it judges by is the org's own stream.
 */
import type { SourceFact, TargetCommand } from '@concord/connector-kit';
import { systemTiming } from '../timing.ts';
import { SalesforceSink, type SalesforceSinkOptions } from '../sink/salesforce-sink.ts';
import { createSalesforceSource } from '../source/salesforce-source.ts';
import type { FactPublisher } from '../source/ports.ts';
import type { EmulatorProcess } from './emulator.ts';
import { MemoryCheckpoints, MemoryKnown } from './memory-ports.ts';
import { MemoryProgress } from './memory-progress.ts';
import { accountPlan } from './plans.ts';

type Hot = {
  readonly nativeId: string;
  readonly recordId: string;
  canonical: string;
  shadow: string;
  awaited: TargetCommand | null;
  /** Ours was stale, and the edit that made it so has not been told yet. */
  isBlocked: boolean;
  isTouched: boolean;
  /** What the record held, one after the other, and whether we had written it. */
  readonly history: { readonly value: string; readonly echo: SourceFact['change']['echo'] }[];
};

export type RaceOptions = {
  readonly records: number;
  readonly editsPerSide: number;
  /** Called now and then while both sides edit. */
  readonly disturb?: (turn: number) => Promise<void>;
};

const nothing = (): undefined => undefined;

export class Race implements FactPublisher {
  readonly #emulator: EmulatorProcess;
  readonly #known = new MemoryKnown();
  readonly #hot = new Map<string, Hot>();
  readonly progress = new MemoryProgress();
  stale = 0;
  rejected: string[] = [];
  #sequence = 0;
  #usersAreDone = false;
  #halt: unknown = null;
  #read = 0;
  #wake: () => void = () => undefined;

  constructor(emulator: EmulatorProcess) {
    this.#emulator = emulator;
  }

  async run({ records, editsPerSide, disturb }: RaceOptions): Promise<void> {
    for (let n = 0; n < records; n += 1) await this.#create(n);
    const stop = new AbortController();
    const reading = this.#source().run(stop.signal);
    reading.catch((error: unknown) => (this.#halt = error));
    while (this.#read < records) await this.#news();
    const users = this.#users(editsPerSide);
    void users.then(
      () => (this.#usersAreDone = true),
      (error: unknown) => (this.#halt = error),
    );
    let edits = 0;
    for (let turn = 0; !this.#usersAreDone || edits < editsPerSide || !this.#isQuiet(); turn += 1) {
      if (edits < editsPerSide) this.#editElsewhere((edits += 1));
      if (!this.#usersAreDone) await disturb?.(turn);
      if (this.#halt !== null) throw this.#halt;
      const commands = this.#level();
      if (commands.length > 0) await this.#apply(commands);
      else await this.#news();
    }
    await users;
    stop.abort();
    await reading;
  }

  /** Values that a write of ours brought back although something else had taken their place since. */
  get reverts(): string[] {
    return [...this.#hot.values()].flatMap(({ history }) =>
      history.flatMap(({ value, echo }, index) => {
        const earlier = history.slice(0, Math.max(0, index - 1)).some((one) => one.value === value);
        return echo !== null && earlier && history[index - 1]?.value !== value ? [value] : [];
      }),
    );
  }

  /** Commands that the stream shows more than once. */
  get repeated(): unknown[] {
    const echoes = [...this.#hot.values()].flatMap(({ history }) => history.flatMap(({ echo }) => echo ?? []));
    return echoes.filter((echo, index) => echoes.indexOf(echo) !== index);
  }

  async differences(): Promise<string[]> {
    const { rest } = this.#emulator.client();
    const { rows } = await rest.query("SELECT Id, Name FROM Account WHERE Site = 'race'");
    return rows.flatMap((row) => {
      const hot = this.#hot.get(String(row['Id']));
      return hot === undefined || hot.canonical === row['Name'] ? [] : [`${String(row['Name'])} for ${hot.canonical}`];
    });
  }

  async publish(facts: readonly SourceFact[]): Promise<void> {
    for (const { entity, change } of facts) {
      this.#known.entities.set(change.nativeId, [entity]);
      const hot = this.#hot.get(change.nativeId);
      if (hot === undefined) continue;
      if (change.snapshot) this.#read += 1;
      else if (change.values['account_name'] !== undefined) {
        this.#hear(hot, String(change.values['account_name']), change.echo);
      }
    }
    this.#wake();
  }

  #hear(hot: Hot, value: string, echo: SourceFact['change']['echo']): void {
    hot.history.push({ value, echo });
    hot.shadow = value;
    hot.isBlocked = false;
    hot.isTouched = true;
    if (echo === null) hot.canonical = value;
    else if (hot.awaited?.sequence === echo) hot.awaited = null;
  }

  #level(): TargetCommand[] {
    return [...this.#hot.values()].flatMap((hot) => {
      if (hot.awaited !== null || hot.isBlocked || hot.shadow === hot.canonical) return [];
      const { recordId, nativeId, canonical, shadow } = hot;
      const values = { account_name: canonical };
      const expected = { account_name: shadow };
      const place = { entity: 'accounts', stream: 'accounts.0', recordId, sequence: (this.#sequence += 1) };
      hot.isTouched = false;
      return [(hot.awaited = { ...place, operation: 'update', nativeId, values, expected })];
    });
  }

  /** What fails is done again by another sink that shares only the progress, as after a crash. */
  async #apply(commands: readonly TargetCommand[]): Promise<void> {
    for (;;) {
      try {
        for (const { recordId, sequence, result, code } of await this.#sink().apply(commands)) {
          const hot = [...this.#hot.values()].find((one) => one.recordId === recordId);
          if (result === 'applied' || hot?.awaited?.sequence !== sequence) continue;
          if (result === 'stale') this.stale += 1;
          else this.rejected.push(String(code));
          hot.awaited = null;
          hot.isBlocked = !hot.isTouched;
        }
        return;
      } catch (error) {
        if ((error as { reaction?: string }).reaction !== 'retry') throw error;
      }
    }
  }

  #sink(): SalesforceSink {
    const limits: SalesforceSinkOptions['limits'] = { backoff: { delayMsMin: 5, delayMsMax: 50 } };
    const { rest } = this.#emulator.client();
    return new SalesforceSink({ system: 'salesforce', plans: [accountPlan()], rest, progress: this.progress, limits });
  }

  #source(): ReturnType<typeof createSalesforceSource> {
    return createSalesforceSource({
      system: 'salesforce',
      client: this.#emulator.client(),
      plans: [accountPlan()],
      known: this.#known,
      publisher: this,
      checkpoints: new MemoryCheckpoints(),
      limits: { backoff: { delayMsMin: 5, delayMsMax: 50 } },
      telemetry: {
        opened: nothing,
        interrupted: nothing,
        batchDone: nothing,
        reloading: nothing,
        reloaded: nothing,
        halted: ({ error }) => (this.#halt = error),
      },
    });
  }

  async #create(n: number): Promise<void> {
    const name = `start ${n}`;
    const { id } = await this.#emulator.user('POST', 'Account', { Name: name, Site: 'race' });
    const place = { nativeId: id, recordId: `019a0000-0000-7000-8000-${String(n).padStart(12, '0')}` };
    const idle = { awaited: null, isBlocked: false, isTouched: false, history: [{ value: name, echo: null }] };
    this.#hot.set(id, { ...place, canonical: name, shadow: name, ...idle });
  }

  /** A person whose record is locked tries again. */
  async #edit(id: string, fields: object): Promise<void> {
    for (;;) {
      const isSaved = await this.#emulator.user('PATCH', `Account/${id}`, fields).catch((error: unknown) => {
        if (!String(error).includes('UNABLE_TO_LOCK_ROW')) throw error;
        return null;
      });
      if (isSaved !== null) return;
    }
  }

  /** One user per record. Every third edit is of a field that is not synchronized. */
  async #users(edits: number): Promise<void> {
    await Promise.all(
      [...this.#hot.keys()].map(async (id) => {
        for (let n = 1; n <= edits; n += 1) {
          const fields = n % 3 === 0 ? { Phone: String(n) } : { Name: `user ${id} ${n}` };
          await this.#edit(id, fields);
          await systemTiming.sleep((n * 7) % 40);
        }
      }),
    );
  }

  #editElsewhere(n: number): void {
    const hot = [...this.#hot.values()][n % this.#hot.size] as Hot;
    hot.canonical = `elsewhere ${n}`;
  }

  #isQuiet(): boolean {
    return [...this.#hot.values()].every(({ awaited, isBlocked, shadow, canonical }) => {
      return awaited === null && !isBlocked && shadow === canonical;
    });
  }

  async #news(): Promise<void> {
    await Promise.race([new Promise<void>((resolve) => (this.#wake = resolve)), systemTiming.sleep(20)]);
  }
}
