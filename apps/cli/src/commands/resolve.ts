/**
 * `concord conflicts resolve`: a person's answer to a review. It goes to the resolver through Kafka like every other input,
 * keyed by the record, so it has its place among the changes of that record; it names the revision that was shown, so
 * nobody decides on what they have not seen. The command waits until the resolver has decided.
 */
import { randomUUID } from 'node:crypto';
import { userInfo } from 'node:os';
import { createCodecs, createHeaderBuilder, createSchemaRegistry, type ResolutionMessage } from '@concord/contracts';
import { showValue, type ReviewChoice, type Value, type Values } from '@concord/core';
import type { OpenReview, ReviewEnd, Store } from '@concord/store';
import { AbsentError, exitCodes, WrongError } from '../output/failure.ts';
import type { Context } from './context.ts';
import { reviewTable } from './conflicts.ts';

export type ResolveOptions = {
  readonly choose: string | undefined;
  readonly value: string | undefined;
  /** Who decides; the user of the operating system when absent. */
  readonly as: string | undefined;
};

const DECIDED_WITHIN_MS = 15_000;
const LOOK_EVERY_MS = 100;

export async function resolveConflict(context: Context, id: string, options: ResolveOptions): Promise<number> {
  return await context.withStore(async (store) => {
    const review = await openReview(store, id);
    const unit = await unitOf(store, review);
    const choice = choiceOf(unit, options);
    const by = options.as ?? userInfo().username;
    await send(context, {
      kind: 'resolution',
      entity: review.entity,
      recordId: review.record_id,
      field: review.field,
      choice,
      // Of a unit the newest that was seen of any of its fields.
      revision: Math.max(...unit.reviews.map(({ revision }) => Number(revision))),
      by,
      at: Date.now(),
    });
    return report(context, review, await decided(store, review));
  });
}

/** What is decided at once: a field, or what waits of the group that it is part of. */
export type Unit = { readonly reviews: readonly OpenReview[]; readonly isGroup: boolean };

async function unitOf(store: Store, review: OpenReview): Promise<Unit> {
  const plan = (await store.plans.load()).find(({ entity }) => entity === review.entity);
  const group = Object.values(plan?.groups ?? {}).find((fields) => fields.includes(review.field));
  if (group === undefined) return { reviews: [review], isGroup: false };
  const waiting = await store.reports.reviewsOf(review.record_id);
  return { reviews: waiting.filter(({ field }) => group.includes(field)), isGroup: true };
}

async function openReview({ reports }: Store, id: string): Promise<OpenReview> {
  const review = /^\d{1,18}$/.test(id) ? await reports.review(BigInt(id)) : null;
  if (review !== null) return review;
  const message = `nothing waits for a person under the number ${id}`;
  throw new AbsentError('cli.no_review', message, '`concord conflicts` lists what waits, with its number.');
}

export function choiceOf({ reviews, isGroup }: Unit, { choose, value }: ResolveOptions): ReviewChoice {
  if ((choose === undefined) === (value === undefined)) {
    const hint = 'Give one of the two: --choose <system>, or --value <json>.';
    throw new WrongError('cli.no_choice', 'it is not said what is to be chosen', hint);
  }
  if (value !== undefined) return ownChoice(value, isGroup);
  if (choose !== undefined && reviews.some(({ candidates }) => Object.hasOwn(candidates, choose))) {
    return { system: choose };
  }
  if (choose === 'canonical' || reviews.some((review) => review.canonical_system === choose))
    return { canonical: true };
  const message = `${choose} has no value to choose here`;
  throw new WrongError('cli.no_candidate', message, `Choose one of these:\n${reviewTable(reviews)}`);
}

function ownChoice(json: string, isGroup: boolean): ReviewChoice {
  const value = parsed(json);
  if (value !== undefined && (value === null || typeof value !== 'object')) return { value: value as Value };
  const isObject = value !== undefined && !Array.isArray(value);
  const isOfValues = isObject && Object.values(value).every((one) => one === null || typeof one !== 'object');
  if (isGroup && isOfValues) return { values: value as Values };
  const several = isGroup ? `, or for several fields of the group --value '{"field": "a text"}'` : '';
  const hint = `Write a JSON value: --value '"a text"', --value 12.5, --value true or --value null${several}.`;
  throw new WrongError('cli.value', `--value ${json} is no value`, hint);
}

function parsed(json: string): unknown {
  try {
    return JSON.parse(json);
  } catch {
    return undefined;
  }
}

async function send(context: Context, message: ResolutionMessage): Promise<void> {
  const settings = context.settings();
  const { createProducer } = await import('@concord/kafka');
  const { resolutions } = await createCodecs(createSchemaRegistry({ url: settings.registryUrl }), []);
  const { recordId: key, at } = message;
  const headers = createHeaderBuilder({ type: 'concord.resolutions.v1.ResolveReview', source: '/concord/cli' });
  const value = resolutions.encode(message);
  const producer = createProducer({ brokers: [...settings.kafkaBrokers], clientId: 'concord-cli' });
  try {
    await producer.start();
    const attributes = headers({ id: randomUUID(), timeMs: at, subject: key });
    await producer.send([{ topic: resolutions.topic, key, value, headers: attributes }]);
  } finally {
    await producer.stop();
  }
}

/** How the review ended, or how it stands after a while. */
type Decided = ReviewEnd | 'changed' | 'waiting';

async function decided({ reports }: Store, review: OpenReview): Promise<Decided> {
  const deadline = Date.now() + DECIDED_WITHIN_MS;
  while (Date.now() < deadline) {
    const end = await reports.reviewEnd(review);
    if (end !== null) return end;
    const now = await reports.review(BigInt(review.id));
    if (now !== null && now.revision !== review.revision) return 'changed';
    await new Promise((resolve) => setTimeout(resolve, LOOK_EVERY_MS));
  }
  return 'waiting';
}

function report({ output }: Context, { id, field }: OpenReview, end: Decided): number {
  if (end === 'changed') {
    const hint = '`concord conflicts` shows it as it is now; decide again.';
    throw new WrongError('cli.review_changed', `review ${id} has changed since it was read`, hint);
  }
  if (end === 'waiting') {
    output.data({ review: id, sent: true, decided: null });
    output.note('The answer is on its way; the resolver has not taken it up yet (is it running? `concord status`).');
    return exitCodes.unavailable;
  }
  output.data({ review: id, sent: true, decided: end });
  const { winner, decided_by: by, decided_value: value } = end;
  if (winner === 'person') output.print(`Decided by ${by ?? 'a person'}: ${field} is ${showValue(value)}.`);
  else
    output.print(
      `Nothing was left to decide: ${winner === 'agreed' ? 'both sides agreed' : `the record was ${winner}`}.`,
    );
  return exitCodes.fine;
}
