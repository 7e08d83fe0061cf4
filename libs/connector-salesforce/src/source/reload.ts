/**
 * Reads a whole object anew: at the first start, after an overflow, after the stored replay id has expired. What the org
 * holds is published page by page; what Concord knows and the page's range of ids does not contain was deleted or no longer
 * fulfils the filter, so it is read by its id before anything is concluded.
 */
import type { SourceFact } from '@concord/connector-kit';
import type { EntityBinding } from '../normalize/binding.ts';
import type { FactPublisher, KnownRecords } from './ports.ts';
import type { Page, RecordReader } from './record-reader.ts';
import type { Translator } from './translator.ts';

const KNOWN_PER_QUERY_MAX = 2000;

export type Reload = {
  readonly bindings: readonly EntityBinding[];
  readonly reader: RecordReader;
  readonly translator: Translator;
  readonly known: KnownRecords;
  readonly publisher: FactPublisher;
  readonly signal: AbortSignal;
};

/** The number of records published. Repeating a reload that was cut off is safe. */
export async function reload(options: Reload): Promise<number> {
  let published = 0;
  for (const binding of options.bindings) {
    for await (const page of options.reader.pages(binding)) {
      options.signal.throwIfAborted();
      published += await publishPage(options, binding, page);
    }
  }
  return published;
}

async function publishPage(options: Reload, binding: EntityBinding, page: Page): Promise<number> {
  const { reader, translator } = options;
  const publish = async (facts: readonly SourceFact[]): Promise<void> => {
    if (facts.length > 0) await options.publisher.publish(facts);
  };
  await publish(await translator.translateRecords(page.records));
  const read = new Set(page.records.map(({ nativeId }) => nativeId));
  let published = page.records.length;
  for await (const known of knownInRange(options, binding, page)) {
    const unseen = known.filter((nativeId) => !read.has(nativeId));
    const missing = await reader.read(new Map(unseen.map((nativeId) => [nativeId, 0])));
    await publish(await translator.translateRecords([...missing.values()]));
    published += missing.size;
  }
  return published;
}

async function* knownInRange(
  { known }: Reload,
  { system, entity }: EntityBinding,
  { after, upTo }: Page,
): AsyncGenerator<readonly string[]> {
  for (let from = after, isDone = false; !isDone;) {
    const range = { system, entity, after: from, upTo, limit: KNOWN_PER_QUERY_MAX };
    const nativeIds = await known.nativeIdsBetween(range);
    yield nativeIds;
    isDone = nativeIds.length < KNOWN_PER_QUERY_MAX;
    from = nativeIds.at(-1) ?? from;
  }
}
