-- Up Migration

-- What waits for a person: fields (or existence) of records, with each system's wish. A row is one review from its opening to
-- its end; the revision rises whenever a wish changes, and an answer names the one that its author had seen.
CREATE TABLE review (
  id               bigint GENERATED ALWAYS AS IDENTITY UNIQUE,
  record_id        uuid   NOT NULL,
  field            text   NOT NULL,
  entity           text   NOT NULL,
  kind             text   NOT NULL,
  revision         bigint NOT NULL,
  -- The canonical version that stands meanwhile; a conflict of the same field and version is the one that opened the review.
  since_version    bigint NOT NULL,
  candidates       jsonb  NOT NULL,
  canonical_system text   NOT NULL,
  canonical_value  jsonb  NOT NULL,
  canonical_at     timestamptz NOT NULL,
  opened_at        timestamptz NOT NULL DEFAULT now(),
  PRIMARY KEY (record_id, field)
);

-- How a conflict that waited for a person ended. Until then its winner is 'open'.
ALTER TABLE conflict ADD COLUMN decided_by text, ADD COLUMN decided_value jsonb, ADD COLUMN decided_at timestamptz;

-- Down Migration
ALTER TABLE conflict DROP COLUMN decided_by, DROP COLUMN decided_value, DROP COLUMN decided_at;
DROP TABLE review;
