// The two people of the org: the user under which integrations run, and a sales user who edits in the browser.
import { makeId } from './ids.ts';
import type { RecordStore } from './store/record-store.ts';

export type Users = { integration: string; sales: string };

export function seedUsers(store: RecordStore, { username, now }: { username: string; now: number }): Users {
  const add = (sequence: number, name: string, email: string): string => {
    const id = makeId('005', sequence);
    const table = store.table('User');
    if (table.get(id)) return id;
    const at = Math.floor(now / 1000) * 1000;
    const dates = { CreatedDate: at, LastModifiedDate: at, SystemModstamp: at, CreatedById: id, LastModifiedById: id };
    const values = { Name: name, Username: email, Email: email, IsActive: true, ...dates };
    table.put(id, { id, isDeleted: false, deletedWith: null, values });
    store.save('User', id);
    return id;
  };
  return { integration: add(1, 'Integration User', username), sales: add(2, 'Sam Sales', 'sam.sales@example.com') };
}
