/** What review decisions do to the record's open reviews; what they do to shadows and values is in evolve.ts. */
import type { ReviewDecision } from './decisions.ts';
import { writableRecord } from './draft.ts';
import type { Draft } from './draft.ts';
import { entry, NO_REVIEWS } from './state.ts';
import type { Candidate, Review } from './state.ts';

export type EvolvingReview = Exclude<ReviewDecision, { type: 'resolution_refused' }>;

export function changeReview(draft: Draft, decision: EvolvingReview): void {
  const { field } = decision;
  switch (decision.type) {
    case 'review_opened': {
      const { kind, revision, canonicalVersion: since, system, baseVersion, incoming } = decision;
      const candidate = { value: incoming.value, at: incoming.at, baseVersion };
      return setReview(draft, field, { kind, revision, since, candidates: { [system]: candidate } });
    }
    case 'loop_detected': {
      const { kind, revision, canonicalVersion: since, candidates } = decision;
      return setReview(draft, field, { kind, revision, since, candidates });
    }
    case 'review_updated': {
      const review = entry(draft.state.reviews, field);
      if (review === undefined) return undefined;
      const { revision, system, candidate } = decision;
      const candidates = withCandidate(review.candidates, system, candidate);
      return setReview(draft, field, { ...review, revision, candidates });
    }
    case 'review_closed':
    case 'review_resolved': {
      const { [field]: _closed, ...others } = draft.state.reviews;
      writableRecord(draft).reviews = Object.keys(others).length === 0 ? NO_REVIEWS : others;
      return undefined;
    }
    default:
      return unreachable(decision);
  }
}

function setReview(draft: Draft, field: string, review: Review): void {
  const record = writableRecord(draft);
  record.revision = review.revision;
  record.reviews = { ...record.reviews, [field]: review };
}

function withCandidate(
  candidates: Review['candidates'],
  system: string,
  candidate: Candidate | null,
): Review['candidates'] {
  if (candidate !== null) return { ...candidates, [system]: candidate };
  return Object.fromEntries(Object.entries(candidates).filter(([name]) => name !== system));
}

function unreachable(decision: never): never {
  throw new TypeError(`Unknown decision ${JSON.stringify(decision)}`);
}
