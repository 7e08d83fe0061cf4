/**
 * Goal: what cannot be read or is refused is set aside with its reason, where people find it, and nothing else stops.
 * Method: a foreign producer writes what does not belong onto every topic that Concord reads; the person in Postgres writes
 * what Salesforce refuses; Salesforce goes away for a while. The same processes must then still run and the sides be equal.
 */
import { afterAll, beforeAll, beforeEach, describe, expect, test } from 'vitest';
import { decisionsIn } from './audit.ts';
import { foreignerAt, type Foreigner, type Message } from './foreign-producer.ts';
import { quarantineOf } from './quarantine.ts';
import { accountBy, agreement, closeWorld, createdInPostgres, openWorld, rowBy, seen, type World } from './world.ts';

let world: World;
let processes: Record<string, number | undefined>;
beforeAll(async () => {
  world = await openWorld();
  processes = processIds();
});
afterAll(closeWorld);
beforeEach(() => {
  processes = processIds();
});

function processIds(): Record<string, number | undefined> {
  return Object.fromEntries(Object.entries(world.stack.services).map(([name, { process }]) => [name, process.pid]));
}

/** The rest flows on: in both directions, through the processes that ran before. */
async function everythingFlows(name: string): Promise<void> {
  const { account } = await createdInPostgres(world, name);
  await world.sales.update('Account', account.Id, { Industry: `${name}, edited` });
  await seen('the edit in Postgres', async () => {
    return (await rowBy(world.database, 'sf_id', account.Id))?.industry_type === `${name}, edited`;
  });
  expect(processIds()).toEqual(processes);
}

describe('messages that do not belong', () => {
  const TOPICS = ['changes.accounts', 'outcomes', 'commands.postgres', 'commands.salesforce', 'cdc.postgres'];
  const READERS: Record<string, string> = {
    'changes.accounts': 'resolver',
    outcomes: 'resolver',
    'commands.postgres': 'writer',
    'commands.salesforce': 'writer',
    'cdc.postgres': 'ingest-postgres',
  };
  const UNKNOWN_SCHEMA = Buffer.from([0, 0, 0x7f, 0xff, 0xff, 1, 2, 3]);
  let foreigner: Foreigner;
  let sound: ReadonlyMap<string, Message>;

  beforeAll(async () => {
    foreigner = await foreignerAt(
      world.platform,
      TOPICS.flatMap((topic) => [topic, `${topic}.dlq`]),
    );
    await everythingFlows('Before the foreigner');
    const messages = await foreigner.readUntil('a message on each topic', (read) =>
      TOPICS.every((topic) => longestOf(read, topic)),
    );
    sound = new Map(TOPICS.map((topic) => [topic, longestOf(messages, topic) as Message]));
  });
  afterAll(() => foreigner.leave());

  /** The longest, so that half of it is surely not whole. */
  function longestOf(messages: readonly Message[], topic: string): Message | undefined {
    const ours = messages.filter((message) => message.topic === topic && message.value !== null);
    return ours.toSorted((a, b) => (a.value?.length ?? 0) - (b.value?.length ?? 0)).at(-1);
  }

  function soundOn(topic: string): { key: string | null; value: Buffer } {
    const { key, value } = sound.get(topic) as Message;
    // Keys of the raw topic are Avro themselves; the others are record ids, which are text.
    return { key: topic === 'cdc.postgres' ? null : key, value: value as Buffer };
  }

  async function dropped(kind: string, letters: readonly Omit<Message, 'headers'>[]): Promise<Message[]> {
    for (const letter of letters) await foreigner.send({ ...letter, headers: { kind } });
    const ofKind = (read: readonly Message[]) =>
      read.filter(({ topic, headers }) => topic.endsWith('.dlq') && headers['kind'] === kind);
    return ofKind(
      await foreigner.readUntil(`the dead letters (${kind})`, (read) => ofKind(read).length >= letters.length),
    );
  }

  test.each([
    [
      'truncated',
      (whole: Buffer) => whole.subarray(0, whole.length / 2),
      'contract.malformed',
      /does not follow its schema/,
    ],
    [
      'of an unknown schema',
      () => UNKNOWN_SCHEMA,
      'contract.unknown_schema',
      /Schema id 8388607 is not in the registry/,
    ],
    ['garbage', () => Buffer.from('no Avro at all'), 'contract.malformed', /is not framed Avro/],
    ['empty', () => Buffer.alloc(0), 'contract.malformed', /is not framed Avro/],
  ])('%s: each lands on <topic>.dlq as it was, with the reason', async (kind, broken, code, reason) => {
    const letters = TOPICS.map((topic) => ({ topic, key: soundOn(topic).key, value: broken(soundOn(topic).value) }));
    const dead = await dropped(kind, letters);
    expect(dead).toHaveLength(TOPICS.length);
    for (const { topic, key, value } of letters) {
      const letter = dead.find((one) => one.topic === `${topic}.dlq`);
      expect(letter).toMatchObject({
        headers: {
          'x-error-code': code,
          '__connect.errors.topic': topic,
          '__connect.errors.partition': expect.stringMatching(/^\d+$/) as string,
          '__connect.errors.offset': expect.stringMatching(/^\d+$/) as string,
          '__connect.errors.stage': READERS[topic],
          '__connect.errors.exception.message': expect.stringMatching(reason) as string,
        },
      });
      expect(letter?.value).toEqual(value);
      expect(letter?.key).toBe(key);
    }
    await everythingFlows(`After what was ${kind}`);
  });

  test('sound, but on the wrong topic or under a foreign key', async () => {
    const other = soundOn('outcomes').value;
    const letters = [
      { topic: 'changes.accounts', key: soundOn('outcomes').key, value: other },
      { topic: 'commands.salesforce', key: soundOn('outcomes').key, value: other },
      { topic: 'cdc.postgres', key: null, value: other },
      { topic: 'changes.accounts', key: 'not-a-record-id', value: soundOn('changes.accounts').value },
      { topic: 'changes.accounts', key: null, value: soundOn('changes.accounts').value },
    ];
    const dead = await dropped('misplaced', letters);
    const told = dead.map(({ topic, headers }) => `${topic} ${headers['x-error-code']}`);
    expect(told.toSorted()).toEqual([
      'cdc.postgres.dlq ingest.malformed',
      'changes.accounts.dlq contract.malformed',
      'changes.accounts.dlq contract.malformed',
      'changes.accounts.dlq contract.unknown_entity',
      'commands.salesforce.dlq contract.unknown_entity',
    ]);
    await everythingFlows('After what was misplaced');
  });

  test('they are counted, and both sides are equal', async () => {
    const metrics = await (await fetch(`${world.stack.services.resolver?.url}/metrics`)).text();
    expect(metrics).toMatch(/sync_dead_letters_total\{[^}]*topic="changes.accounts"[^}]*\} \d+/);
    await agreement(world);
  });
});

describe('rows that Salesforce refuses', () => {
  const REFUSED = {
    system: 'salesforce',
    entity: 'accounts',
    code: 'sink.constraint',
    reason: 'REQUIRED_FIELD_MISSING: Required fields are missing: [Name] (Name)',
  };

  async function inserted(industry: string): Promise<string> {
    const { rows } = await world.database.query<{ id: number }>(
      'INSERT INTO accounts (industry_type) VALUES ($1) RETURNING id',
      [industry],
    );
    return String(rows[0]?.id);
  }

  test('a new one without a name is parked, the rest flows on; it leaves when corrected', async () => {
    const id = await inserted('Nameless');
    expect(await seen('the parked row', () => quarantineOf(world.store, id))).toMatchObject(REFUSED);
    await everythingFlows('Beside the nameless');
    const { stdout } = await world.stack.cli(['status']);
    expect(stdout).toContain(`postgres ${id}`);
    expect(stdout).toContain(REFUSED.reason);
    const { stdout: story } = await world.stack.cli(['trace', 'accounts', id]);
    expect(story).toContain(`salesforce refused command`);
    await world.database.query("UPDATE accounts SET account_name = 'Named at last' WHERE id = $1", [id]);
    const account = await seen('the account', () => accountBy(world.sales, 'Name', 'Named at last'));
    expect(account).toMatchObject({ Industry: 'Nameless' });
    await seen('nothing is parked', async () => (await quarantineOf(world.store, id)) === undefined);
    await agreement(world);
  });

  test('of one that lost its name only the name is parked; it leaves when that is taken back', async () => {
    const { row, account } = await createdInPostgres(world, 'Loses its name');
    await world.database.query('UPDATE accounts SET account_name = NULL WHERE id = $1', [row.id]);
    expect(await seen('the parked name', () => quarantineOf(world.store, account.Id))).toMatchObject(REFUSED);
    await world.database.query("UPDATE accounts SET industry_type = 'Flows on' WHERE id = $1", [row.id]);
    await seen('the other field', async () => {
      return (await accountBy(world.sales, 'Id', account.Id))?.Industry === 'Flows on';
    });
    expect(await quarantineOf(world.store, account.Id)).toMatchObject(REFUSED);
    await world.database.query("UPDATE accounts SET account_name = 'Loses its name' WHERE id = $1", [row.id]);
    await seen('nothing is parked', async () => (await quarantineOf(world.store, account.Id)) === undefined);
    await agreement(world);
  });

  test('one that is deleted meanwhile leaves too', async () => {
    const id = await inserted('Nameless and gone');
    expect(await seen('the parked row', () => quarantineOf(world.store, id))).toMatchObject(REFUSED);
    await world.database.query('DELETE FROM accounts WHERE id = $1', [id]);
    await seen('nothing is parked', async () => (await quarantineOf(world.store, id)) === undefined);
    await agreement(world);
  });

  test('a value that Salesforce finds too long is parked with its words', async () => {
    const { row, account } = await createdInPostgres(world, 'Too long');
    const fault = { kind: 'row-error', statusCode: 'STRING_TOO_LONG', times: 1, object: 'Account', ids: [account.Id] };
    await fetch(`${world.stack.emulator.http}/emulator/faults`, {
      method: 'POST',
      headers: { 'content-type': 'application/json' },
      body: JSON.stringify(fault),
    });
    await world.database.query("UPDATE accounts SET industry_type = 'Much too long' WHERE id = $1", [row.id]);
    const parked = await seen('the parked value', () => quarantineOf(world.store, account.Id));
    expect(parked.reason).toContain('STRING_TOO_LONG');
    await world.database.query("UPDATE accounts SET industry_type = 'Short' WHERE id = $1", [row.id]);
    await seen('the value', async () => (await accountBy(world.sales, 'Id', account.Id))?.Industry === 'Short');
    await seen('nothing is parked', async () => (await quarantineOf(world.store, account.Id)) === undefined);
    await agreement(world);
  });
});

test('Salesforce is away for a while: what happens meanwhile waits, and nothing is lost', async () => {
  const { row, account } = await createdInPostgres(world, 'Before the outage');
  await world.stack.emulator.process.stop();
  await world.database.query("UPDATE accounts SET industry_type = 'Meanwhile' WHERE id = $1", [row.id]);
  await world.database.query(
    "INSERT INTO accounts (account_name) SELECT 'Outage ' || n FROM generate_series(1, 20) AS n",
  );
  await seen('the resolver has told the writer', async () => {
    const told = (await decisionsIn(world)).filter(({ type }) => type === 'command_issued');
    return told.filter(({ command }) => JSON.stringify(command).includes('Outage ')).length === 20;
  });
  await world.stack.emulator.process.start();
  await seen('the edit', async () => (await accountBy(world.sales, 'Id', account.Id))?.Industry === 'Meanwhile');
  await seen('the last row', () => accountBy(world.sales, 'Name', 'Outage 20'));
  await agreement(world);
  expect(processIds()).toEqual(processes);
});
