/** What Concord says that it decided, read as `concord audit` reads it. */
import { createStore } from '@concord/store';
import type { World } from './world.ts';

type Told = {
  readonly recordId: string;
  readonly type: string;
  readonly system: string;
  readonly command?: { readonly operation: string };
  readonly fields?: readonly { readonly previous?: unknown }[];
};

/** Every decision so far, oldest first. */
export async function decisionsIn({ stack }: World): Promise<Told[]> {
  const store = createStore({ url: stack.storeUrl, connectionsMax: 1 });
  const decisions: Told[] = [];
  try {
    for await (const entries of store.reports.audit())
      for (const entry of entries)
        for (const decision of entry.decisions as readonly Told[])
          decisions.push({ ...decision, recordId: entry.recordId });
    return decisions;
  } finally {
    await store.close();
  }
}
