import type { Pool } from 'pg';

type Parked = { readonly system: string; readonly entity: string; readonly code: string; readonly reason: string };

/** What is parked of the record that any system knows by this id. */
export async function quarantineOf(store: Pool, nativeId: string): Promise<Parked | undefined> {
  const { rows } = await store.query<Parked>(
    'SELECT q.* FROM quarantine q JOIN identity i USING (record_id) WHERE i.native_id = $1 LIMIT 1',
    [nativeId],
  );
  return rows[0];
}
