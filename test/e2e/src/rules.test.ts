/**
 * Goal: what a config says of conflicts and owners is what happens, on the real components. Method: the two people edit
 * while the writer is held still, so that neither side can learn of the other's edit before both are made.
 */
import { afterAll, beforeAll, expect, test } from 'vitest';
import { closeWorld, conflictsAbout, openWorld, rules, seen, type World } from './world.ts';

type Company = {
  readonly id: number;
  readonly sf_id: string | null;
  readonly industry: string | null;
  readonly headcount: number | null;
  readonly billing_city: string | null;
  readonly mailing_city: string | null;
  readonly note: string | null;
  readonly crm_note: string | null;
  readonly effective_note: string | null;
  readonly phone: string | null;
  readonly rating: string | null;
  readonly revenue_cents: string | null;
};
type Person = {
  readonly id: number;
  readonly name: string;
  readonly stage: string | null;
  readonly email: string | null;
};

let world: World;
beforeAll(async () => {
  world = await openWorld(rules);
});
afterAll(closeWorld);

async function company(name: string): Promise<Company | undefined> {
  return (await world.database.query<Company>('SELECT * FROM companies WHERE name = $1', [name])).rows[0];
}

async function account(name: string) {
  const fields =
    'Id, Industry, NumberOfEmployees, BillingCity, ShippingCity, SicDesc, Site, Description, Phone, Rating, AnnualRevenue';
  return (await world.sales.query(`SELECT ${fields} FROM Account WHERE Name = '${name}'`))[0];
}

async function person(email: string): Promise<Person | undefined> {
  return (await world.database.query<Person>('SELECT * FROM people WHERE email = $1', [email])).rows[0];
}

/** A company that both sides know, with its Salesforce id. */
async function created(name: string, columns: Readonly<Record<string, unknown>> = {}): Promise<string> {
  const all = { name, industry: 'Energy', headcount: 10, ...columns };
  const names = Object.keys(all);
  await world.database.query(
    `INSERT INTO companies (${names.join(', ')}) VALUES (${names.map((_, index) => `$${index + 1}`).join(', ')})`,
    Object.values(all),
  );
  const { Id } = await seen(`"${name}" in Salesforce`, () => account(name));
  await seen(`the id of "${name}"`, async () => (await company(name))?.sf_id === Id);
  return Id;
}

async function setColumn(name: string, column: keyof Company, value: unknown): Promise<void> {
  await world.database.query(`UPDATE companies SET ${column} = $2 WHERE name = $1`, [name, value]);
}

/** Both edit before either can know of the other. */
async function atTheSameTime(edits: () => Promise<void>): Promise<void> {
  await world.stack.services.writer?.process.stop();
  await edits();
  await world.stack.restart('writer');
}

/** Shown by both sides, and by nobody something else. */
async function bothShow(name: string, column: keyof Company, field: string, value: unknown): Promise<void> {
  await seen(`${field} of "${name}" in Salesforce`, async () => (await account(name))?.[field] === value);
  await seen(`${column} of "${name}" in Postgres`, async () => (await company(name))?.[column] === value);
}

test('manual: a person decides, and only where one is asked; the rest of the record flows', async () => {
  const id = await created('Reviewed');
  await atTheSameTime(async () => {
    await setColumn('Reviewed', 'industry', 'Media');
    await world.sales.update('Account', id, { Industry: 'Banking', NumberOfEmployees: 11 });
  });
  await seen('the other field', async () => (await company('Reviewed'))?.headcount === 11);
  const { stdout } = await world.stack.cli(['conflicts', '--json']);
  const { reviews } = JSON.parse(stdout) as { reviews: { id: string; field: string }[] };
  const [review] = reviews.filter(({ field }) => field === 'industry');
  expect((await world.stack.cli(['conflicts'])).stdout).toContain('a person decides');
  expect((await company('Reviewed'))?.industry).toBe('Media');
  expect((await account('Reviewed'))?.['Industry']).toBe('Banking');

  const decided = await world.stack.cli([
    'conflicts',
    'resolve',
    review?.id ?? '',
    '--choose',
    'salesforce',
    '--as',
    'grace',
  ]);
  expect(decided).toMatchObject({ exitCode: 0, stdout: 'Decided by grace: industry is "Banking".\n' });
  await bothShow('Reviewed', 'industry', 'Industry', 'Banking');
  const after = (await world.stack.cli(['conflicts'])).stdout;
  expect(after).not.toContain('a person decides');
  expect(after).toContain('grace: "Banking"');
  expect((await world.stack.cli(['trace', 'companies', id])).stdout).toContain('grace');
  expect(await world.stack.cli(['conflicts', 'resolve', review?.id ?? '', '--choose', 'postgres'])).toMatchObject({
    exitCode: 4,
  });
});

test('manual: a person may enter a value of their own', async () => {
  const id = await created('Entered');
  await atTheSameTime(async () => {
    await setColumn('Entered', 'industry', 'Media');
    await world.sales.update('Account', id, { Industry: 'Banking' });
  });
  const review = await seen('the review', async () => {
    const { stdout } = await world.stack.cli(['conflicts', '--json']);
    return (JSON.parse(stdout) as { reviews: { id: string }[] }).reviews[0];
  });
  const decided = await world.stack.cli(['conflicts', 'resolve', review.id, '--value', '"Retail"', '--json']);
  expect(JSON.parse(decided.stdout)).toMatchObject({ decided: { winner: 'person', decided_value: 'Retail' } });
  await bothShow('Entered', 'industry', 'Industry', 'Retail');
});

test('counter: both differences count', async () => {
  const id = await created('Counted');
  await atTheSameTime(async () => {
    await world.database.query("UPDATE companies SET headcount = headcount + 5 WHERE name = 'Counted'");
    await world.sales.update('Account', id, { NumberOfEmployees: 7 });
  });
  await bothShow('Counted', 'headcount', 'NumberOfEmployees', 12);
  expect(await conflictsAbout(world.store, id)).toEqual([]);
});

test('paired: no value is lost, and the effective one follows from the rule', async () => {
  const id = await created('Paired', { note: 'of the ERP' });
  await bothShow('Paired', 'effective_note', 'Description', 'of the ERP');
  await atTheSameTime(async () => {
    await setColumn('Paired', 'note', 'ERP again');
    await world.sales.update('Account', id, { Site: 'of the CRM' });
  });
  await bothShow('Paired', 'note', 'SicDesc', 'ERP again');
  await bothShow('Paired', 'crm_note', 'Site', 'of the CRM');
  await bothShow('Paired', 'effective_note', 'Description', 'of the CRM');
  await world.sales.update('Account', id, { Site: null });
  await bothShow('Paired', 'effective_note', 'Description', 'ERP again');
  expect(await conflictsAbout(world.store, id)).toEqual([]);
});

test('transformations: each side has values in its own spelling, and nothing comes back changed', async () => {
  const id = await created('Transformed', { phone: '22 33 44 55', rating: 'A', revenue_cents: 123_450 });
  const inSalesforce = await seen('the account', () => account('Transformed'));
  expect(inSalesforce).toMatchObject({ Phone: '+4722334455', Rating: 'Hot', AnnualRevenue: 1234.5 });
  await world.sales.update('Account', id, { Phone: '(22) 99 88 77', Rating: 'Cold', AnnualRevenue: 0.07 });
  await seen('the new values in Postgres', async () => {
    const { phone, rating, revenue_cents: cents } = (await company('Transformed')) ?? {};
    return phone === '+4722998877' && rating === 'C' && cents === '7';
  });
  // The other form of what is there already is no edit that others would have to be told of.
  await setColumn('Transformed', 'phone', '22 99 88 77');
  await setColumn('Transformed', 'rating', 'B');
  await seen('the rating in Salesforce', async () => (await account('Transformed'))?.['Rating'] === 'Warm');
  expect((await account('Transformed'))?.['Phone']).toBe('(22) 99 88 77');
  expect((await company('Transformed'))?.phone).toBe('22 99 88 77');
  await world.sales.update('Account', id, { Phone: '+47 22 11 00 99' });
  await seen('a number over another form', async () => (await company('Transformed'))?.phone === '+4722110099');
  expect(await conflictsAbout(world.store, id)).toEqual([]);
});

test('billing is the ERP’s and mailing the CRM’s: edits elsewhere are overwritten or kept', async () => {
  const id = await created('Owned', { billing_city: 'Oslo' });
  await seen('the billing city', async () => (await account('Owned'))?.['BillingCity'] === 'Oslo');
  await world.sales.update('Account', id, { BillingCity: 'Rome', ShippingCity: 'Lima' });
  await bothShow('Owned', 'billing_city', 'BillingCity', 'Oslo');
  await bothShow('Owned', 'mailing_city', 'ShippingCity', 'Lima');
  await setColumn('Owned', 'mailing_city', 'Paris');
  await seen('the override', async () =>
    (await conflictsAbout(world.store, id)).some(({ field, kind }) => field === 'mailing_city' && kind === 'override'),
  );
  await world.sales.update('Account', id, { ShippingCity: 'Quito', Industry: 'Retail' });
  await bothShow('Owned', 'industry', 'Industry', 'Retail');
  expect((await company('Owned'))?.mailing_city).toBe('Paris');
});

test('a prospect is the CRM’s, a customer the ERP’s, and edits during the hand-over are on record', async () => {
  const id = await world.sales.create('Contact', { LastName: 'Lovelace', Title: 'Prospect', Email: 'ada@example.com' });
  const { id: key } = await seen('the row', () => person('ada@example.com'));
  const rename = (name: string) => world.database.query('UPDATE people SET name = $2 WHERE id = $1', [key, name]);
  const shown = async () =>
    (await world.sales.query(`SELECT LastName FROM Contact WHERE Id = '${id}'`))[0]?.['LastName'];
  await rename('Not yet mine');
  await seen('the owner’s value', async () => (await person('ada@example.com'))?.name === 'Lovelace');
  await atTheSameTime(async () => {
    await world.sales.update('Contact', id, { Title: 'Customer', LastName: 'King' });
    await rename('Byron');
  });
  await seen('one name on both sides', async () => (await shown()) === (await person('ada@example.com'))?.name);
  await seen('the stage', async () => (await person('ada@example.com'))?.stage === 'Customer');
  const values = (await conflictsAbout(world.store, id)).flatMap((row) => [
    row['incoming_value'],
    row['canonical_value'],
  ]);
  expect(values).toContain('Byron');
  await rename('Countess of Lovelace');
  await seen('the new owner’s value', async () => (await shown()) === 'Countess of Lovelace');
  await world.sales.update('Contact', id, { LastName: 'Somebody else' });
  await seen('the owner’s value again', async () => (await shown()) === 'Countess of Lovelace');
});

test('handle_nulls ignore: what is emptied on one side stays on the other, and is on record', async () => {
  await world.database.query(
    "INSERT INTO people (name, stage, email) VALUES ('Hopper', 'Customer', 'grace@example.com')",
  );
  const contact = async () =>
    (await world.sales.query("SELECT Id, Title, Email FROM Contact WHERE LastName = 'Hopper'"))[0];
  const { Id } = await seen('the contact', contact);
  await world.database.query("UPDATE people SET email = NULL, stage = 'Partner' WHERE name = 'Hopper'");
  await seen('the other field', async () => (await contact())?.['Title'] === 'Partner');
  expect((await contact())?.['Email']).toBe('grace@example.com');
  const { rows } = await world.database.query("SELECT email FROM people WHERE name = 'Hopper'");
  expect(rows).toEqual([{ email: null }]);
  expect((await world.stack.cli(['trace', 'people', Id])).stdout).toContain('emptied email, which says nothing there');
});
