/** How many row events a second the normalizer turns into facts: node libs/connector-postgres/bench/normalizer.ts */
import { PostgresNormalizer } from '../src/normalizer/normalizer.ts';
import { accountColumns, planOf, readRecorded } from '../src/testing/recorded.ts';

const update = readRecorded('story').find(({ offset }) => offset === 18n);
const event = update?.value as { source: { sequence: string }; transaction: { id: string; total_order: bigint } };
const EVENTS = 200_000;
const records = Array.from({ length: EVENTS }, (_, i) => {
  const source = { ...event.source, sequence: `["${98_716_256 + i}","${98_716_300 + i}"]` };
  const transaction = { ...event.transaction, id: `${i}:98716256`, total_order: 1n };
  return { offset: BigInt(i), headers: {}, value: { ...event, source, transaction } };
});
const normalizer = new PostgresNormalizer({ system: 'pg', plans: [planOf('accounts', accountColumns)] });
let facts = 0;
const start = performance.now();
for (let from = 0; from < EVENTS; from += 1000) facts += normalizer.push(records.slice(from, from + 1000)).facts.length;
const seconds = (performance.now() - start) / 1000;
process.stdout.write(`${Math.round(EVENTS / seconds)} events/s (${facts} facts, one transaction each)\n`);
