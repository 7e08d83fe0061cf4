/**
 * Goal: tables as people have them, several onto one Salesforce object: keys that people give and keys that the database
 * gives, names that are reserved words, accents, nulls. Method: the rows of test/fixtures/own-tables are there before Concord
 * is; then both people work, also with records that the other side cannot take.
 */
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { quarantineOf } from './quarantine.ts';
import { agreement, closeWorld, openWorld, ownTables, seen, type World } from './world.ts';

type Partner = {
  Code: string;
  order: string;
  From: string | null;
  select: string | null;
  Group: number | null;
  note: string | null;
};
type Vendor = { id: number; user: string; From: string | null; homepage: string | null };

let world: World;
beforeAll(async () => {
  world = await openWorld(ownTables);
});
afterAll(closeWorld);

async function partner(code: string): Promise<Partner | undefined> {
  const { rows } = await world.database.query<Partner>('SELECT * FROM "Partners" WHERE "Code" = $1', [code]);
  return rows[0];
}

async function vendor(user: string): Promise<Vendor | undefined> {
  const { rows } = await world.database.query<Vendor>('SELECT * FROM vendors WHERE "user" = $1', [user]);
  return rows[0];
}

async function account(condition: string): Promise<Record<string, unknown> & { Id: string }> {
  const fields = 'Id, Type, AccountNumber, Name, BillingCity, Phone, NumberOfEmployees, Website, Site';
  return await seen(`an account with ${condition}`, async () => {
    const [found] = await world.sales.query(`SELECT ${fields} FROM Account WHERE ${condition}`);
    return found;
  });
}

describe('what was there before', () => {
  test('every row becomes an account of its type, with its accents and nulls', async () => {
    expect(await agreement(world)).toBe(4 + 2 + 1);
    expect(await account("AccountNumber = 'AEROE'")).toMatchObject({
      Type: 'Partner',
      Name: 'Ærø Smørrebrød & Søn',
      BillingCity: 'Ærøskøbing',
      NumberOfEmployees: 12,
    });
    expect(await account("AccountNumber = 'TOKYO'")).toMatchObject({
      Name: '東京商店 🍣',
      Phone: null,
      NumberOfEmployees: null,
    });
    expect(await account("AccountNumber = 'ONEIL'")).toMatchObject({
      Name: `O'Neil "Bros" \\ Cía.`,
      NumberOfEmployees: 0,
    });
    // Salesforce knows no empty text; the row keeps its own.
    expect(await account("AccountNumber = 'null'")).toMatchObject({ Name: 'NULL', BillingCity: null });
    expect(await partner('null')).toMatchObject({ From: '', Group: -3 });
    expect(await account("Website LIKE '%q=ü#1'")).toMatchObject({
      Type: 'Vendor',
      Name: 'Ünlü İnşaat',
      BillingCity: null,
    });
    expect(await account("Type = 'Region'")).toMatchObject({ Name: 'Norðurland' });
  });
});

describe('edits', () => {
  test('flow both ways, and leave what is not mapped alone', async () => {
    const { Id } = await account("AccountNumber = 'AEROE'");
    await world.sales.update('Account', Id, { BillingCity: 'Årslev', NumberOfEmployees: null });
    await seen('the edit in Postgres', async () => (await partner('AEROE'))?.From === 'Årslev');
    await world.database.query(`UPDATE "Partners" SET "select" = NULL, "order" = 'Ærø' WHERE "Code" = 'AEROE'`);
    expect(await account(`Id = '${Id}' AND Name = 'Ærø'`)).toMatchObject({ Phone: null, BillingCity: 'Årslev' });
    await agreement(world);
    expect(await partner('AEROE')).toMatchObject({ Group: null, note: 'not synced' });
  });

  test('of keys rename the record on the other side, and it lives on under its new name', async () => {
    const { Id } = await account("AccountNumber = 'AEROE'");
    await world.database.query(`UPDATE "Partners" SET "Code" = 'ÆRØ' WHERE "Code" = 'AEROE'`);
    await account(`Id = '${Id}' AND AccountNumber = 'ÆRØ'`);
    await world.database.query(`UPDATE "Partners" SET "From" = 'Marstal' WHERE "Code" = 'ÆRØ'`);
    await account(`Id = '${Id}' AND BillingCity = 'Marstal'`);
    await world.sales.update('Account', Id, { AccountNumber: 'MARST' });
    await seen('the new key in Postgres', () => partner('MARST'));
    await world.sales.update('Account', Id, { BillingCity: 'Ommel' });
    await seen('an edit after it', async () => (await partner('MARST'))?.From === 'Ommel');
    await world.database.query(`UPDATE "Partners" SET "From" = 'Marstal' WHERE "Code" = 'MARST'`);
    expect(await account(`Id = '${Id}' AND BillingCity = 'Marstal'`)).toMatchObject({ AccountNumber: 'MARST' });
    await agreement(world);
  });

  test('deletes flow both ways, each from its own table', async () => {
    const { Id } = await account("AccountNumber = 'ONEIL'");
    await world.sales.remove('Account', Id);
    await world.database.query(`DELETE FROM vendors WHERE "user" = 'Plzeňské pečivo'`);
    await seen('the row is gone', async () => (await partner('ONEIL')) === undefined);
    const left = await seen('the account is gone', async () => {
      const found = await world.sales.query("SELECT Name FROM Account WHERE Type = 'Vendor'");
      return found.length === 1 && found;
    });
    expect(left).toMatchObject([{ Name: 'Ünlü İnşaat' }]);
    expect(await agreement(world)).toBe(3 + 1 + 1);
  });
});

describe('new accounts', () => {
  test('become rows of the table of their type; keys come from the account or from the database', async () => {
    await world.sales.create('Account', { Type: 'Partner', AccountNumber: 'ÅBENR', Name: 'Åbenrå Mølle' });
    await world.sales.create('Account', { Type: 'Vendor', Name: 'Çınar', Website: 'https://example.com' });
    await world.sales.create('Account', { Type: 'Prospect', AccountNumber: 'OTHER', Name: 'Of no sync' });
    expect(await seen('the partner', () => partner('ÅBENR'))).toMatchObject({ order: 'Åbenrå Mølle', From: null });
    expect(await seen('the vendor', () => vendor('Çınar'))).toMatchObject({ id: 3, homepage: 'https://example.com' });
    await agreement(world);
    expect(await partner('OTHER')).toBeUndefined();
  });

  test('without a key are parked with the reason, until they have one; the rest flows on', async () => {
    const id = await world.sales.create('Account', { Type: 'Partner', Name: 'No number' });
    expect(await seen('the parked account', () => quarantineOf(world.store, id))).toMatchObject({
      system: 'postgres',
      entity: 'Partners',
      code: 'sink.constraint',
      reason: 'a required value is missing (23502, column Code, table Partners)',
    });
    const { stdout } = await world.stack.cli(['status']);
    expect(stdout).toContain(`salesforce ${id}`);
    expect(stdout).toContain('a required value is missing (23502, column Code, table Partners)');
    await world.sales.create('Account', { Type: 'Partner', AccountNumber: 'FLOWS', Name: 'Flows on' });
    await seen('the next account', () => partner('FLOWS'));
    await world.sales.update('Account', id, { AccountNumber: 'GIVEN' });
    expect(await seen('the row', () => partner('GIVEN'))).toMatchObject({ order: 'No number' });
    await seen('nothing is parked', async () => (await quarantineOf(world.store, id)) === undefined);
    await agreement(world);
  });
});

test('a second account of the same key is parked, and leaves when it is deleted', async () => {
  const { Id: first } = await account("AccountNumber = 'TOKYO'");
  const second = await world.sales.create('Account', { Type: 'Partner', AccountNumber: 'TOKYO', Name: 'Twin' });
  expect(await seen('the parked account', () => quarantineOf(world.store, second))).toMatchObject({
    system: 'salesforce',
    code: 'ingest.second_copy',
    reason: `${second} claims to be the record that is ${first} in salesforce already; nothing of it is synced`,
  });
  expect(await partner('TOKYO')).toMatchObject({ order: '東京商店 🍣' });
  await world.sales.remove('Account', second);
  await seen('nothing is parked', async () => (await quarantineOf(world.store, second)) === undefined);
});

describe('keys that do not fit on the other side', () => {
  test('in Postgres: the account is parked, not cut to the key of another row', async () => {
    const id = await world.sales.create('Account', {
      Type: 'Partner',
      AccountNumber: 'TOKYO-2',
      Name: 'Second in Tokyo',
    });
    expect(await seen('the parked account', () => quarantineOf(world.store, id))).toMatchObject({
      code: 'sink.rejected',
      reason: 'a text is longer than its column (22001, character varying(5))',
    });
    expect(await partner('TOKYO')).toMatchObject({ order: '東京商店 🍣' });
    await world.sales.update('Account', id, { AccountNumber: 'TOKY2' });
    await seen('the row', () => partner('TOKY2'));
    await agreement(world);
  });

  test('in Salesforce: the row is parked, until its key fits', async () => {
    const long = 'Langør'.repeat(50);
    await world.database.query('INSERT INTO regions VALUES ($1)', [long]);
    expect(await seen('the parked row', () => quarantineOf(world.store, long))).toMatchObject({
      system: 'salesforce',
      entity: 'regions',
      reason: expect.stringMatching(/^STRING_TOO_LONG: .*\(Name\)$/) as unknown,
    });
    await world.database.query('DELETE FROM regions WHERE key = $1', [long]);
    await world.database.query(`INSERT INTO regions VALUES ('Langør')`);
    await account("Name = 'Langør'");
    await seen('nothing is parked', async () => (await quarantineOf(world.store, long)) === undefined);
    await agreement(world);
  });
});
