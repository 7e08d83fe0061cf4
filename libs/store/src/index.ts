// The whole store.
export { createStore, type Store, type StoreOptions } from './store.ts';
export { StoreError } from './errors.ts';

// The resolver's unit of work.
export type {
  ResolverUnit,
  ResolverCommit,
  ClaimedPartition,
  PartitionCommit,
  StateRow,
  ConflictRow,
  QuarantineRow,
} from './resolver-unit.ts';
export type { AuditRow } from './audit-lines.ts';
export type { EndedReviewRow, ReviewRow } from './reviews.ts';

// What people ask.
export type { AuditEntry } from './audit-lines.ts';
export type { OpenReview, ReviewEnd } from './reports.ts';

// Sources.
export type { IdentityRequest } from './identities.ts';
export type { SourceLease, SourceCheckpoint } from './checkpoints.ts';
