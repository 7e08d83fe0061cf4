export type Settled = { kind: 'done' } | { kind: 'failed'; error: unknown } | { kind: 'late' };

/** Waits for `work`, but no longer than `msMax`; the work itself goes on. */
export async function settledWithin(msMax: number, work: Promise<unknown>): Promise<Settled> {
  let timer: NodeJS.Timeout | undefined;
  const late = new Promise<Settled>((resolve) => {
    timer = setTimeout(() => resolve({ kind: 'late' }), msMax);
  });
  const settled = work.then(
    (): Settled => ({ kind: 'done' }),
    (error: unknown): Settled => ({ kind: 'failed', error }),
  );
  const first = await Promise.race([settled, late]);
  clearTimeout(timer);
  return first;
}
