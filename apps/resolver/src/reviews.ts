/** What a step did to the record's reviews: which are open as they are now, and which have ended, and how. */
import { EXISTS, type Decision, type RecordState } from '@concord/core';
import type { EndedReviewRow, ReviewRow } from '@concord/store';
import type { ResolvedRecord } from './commit-builder.ts';

export type ReviewRows = { readonly open: readonly ReviewRow[]; readonly ended: readonly EndedReviewRow[] };

const NONE: ReviewRows = { open: [], ended: [] };

export function reviewsOf({ record, before, result }: ResolvedRecord): ReviewRows {
  const { state, decisions } = result;
  if (state.reviews === before.reviews) return NONE;
  const { recordId, entity } = record;
  const changed = Object.entries(state.reviews).filter(([field, review]) => review !== before.reviews[field]);
  const ended = Object.entries(before.reviews).filter(([field, { since }]) => state.reviews[field]?.since !== since);
  return {
    open: changed.map(([field, { kind, revision, since, candidates }]) => ({
      recordId,
      field,
      entity,
      kind,
      revision,
      candidates,
      sinceVersion: since,
      ...canonicalSide(state, field),
    })),
    ended: ended.map(([field, { since }]) => ({
      recordId,
      field,
      sinceVersion: since,
      ...endOf(decisions, field),
      isReopened: state.reviews[field] !== undefined,
    })),
  };
}

function canonicalSide(state: RecordState, field: string) {
  const side = field === EXISTS ? state.exists : state.fields[field];
  const { origin = '', value = null, at = 0 } = side ?? {};
  return { canonicalSystem: origin, canonicalValue: JSON.stringify(value), canonicalAt: at };
}

function endOf(decisions: readonly Decision[], field: string) {
  const end = decisions.find(
    (decision) =>
      (decision.type === 'review_resolved' || decision.type === 'review_closed') && decision.field === field,
  );
  if (end?.type === 'review_resolved') {
    const { by, value, at } = end;
    return { winner: 'person', decidedBy: by, decidedValue: JSON.stringify(value), decidedAt: at } as const;
  }
  const winner = end?.type === 'review_closed' ? end.reason : 'deleted';
  return { winner, decidedBy: null, decidedValue: null, decidedAt: null } as const;
}
