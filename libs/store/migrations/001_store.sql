-- Up Migration

-- Every native id that any system uses for a record. The same native id may stand for records of several entities
-- (two syncs over one Salesforce object), hence the entity in the key.
CREATE TABLE identity (
  system    text NOT NULL,
  native_id text COLLATE "C" NOT NULL,
  entity    text NOT NULL,
  record_id uuid NOT NULL,
  PRIMARY KEY (system, native_id, entity)
);
CREATE INDEX identity_record ON identity (record_id);

-- What the resolver knows of a record, encoded by the core. Rows are rewritten with every change: half-filled pages keep
-- those rewrites on their page (measured: about a quarter more updates per second).
CREATE TABLE record_state (
  record_id uuid NOT NULL PRIMARY KEY,
  entity    text NOT NULL,
  state     text NOT NULL
) WITH (fillfactor = 50);

-- One row per consumer and partition: who may write (epoch), how far it has read every topic of that partition, the last
-- sequence it gave out, and the messages of its last commit until the next commit replaces them.
CREATE TABLE partition_progress (
  consumer      text   NOT NULL,
  partition     int    NOT NULL,
  epoch         bigint NOT NULL DEFAULT 0,
  last_sequence bigint NOT NULL DEFAULT 0,
  offsets       jsonb  NOT NULL DEFAULT '{}',
  outbox        bytea  NOT NULL DEFAULT '',
  PRIMARY KEY (consumer, partition)
);
ALTER TABLE partition_progress ALTER COLUMN outbox SET STORAGE EXTERNAL;

CREATE TABLE conflict (
  id                bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
  record_id         uuid   NOT NULL,
  entity            text   NOT NULL,
  field             text   NOT NULL,
  kind              text   NOT NULL,
  policy            text   NOT NULL,
  base_version      bigint NOT NULL,
  canonical_version bigint NOT NULL,
  incoming_system   text   NOT NULL,
  incoming_value    jsonb  NOT NULL,
  incoming_at       timestamptz NOT NULL,
  canonical_system  text   NOT NULL,
  canonical_value   jsonb  NOT NULL,
  canonical_at      timestamptz NOT NULL,
  winner            text   NOT NULL,
  recorded_at       timestamptz NOT NULL DEFAULT now()
);
CREATE INDEX conflict_record ON conflict (record_id);

-- One row per record and commit: a row per decision would cost more than the decision.
CREATE TABLE audit (
  id        bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
  record_id uuid   NOT NULL,
  entity    text   NOT NULL,
  version   bigint NOT NULL,
  decisions json   NOT NULL,
  at        timestamptz NOT NULL
);
CREATE INDEX audit_record ON audit (record_id);

-- Commands that a system refused: shown to people until the record changes or someone acts.
CREATE TABLE quarantine (
  record_id   uuid   NOT NULL,
  system      text   NOT NULL,
  entity      text   NOT NULL,
  sequence    bigint NOT NULL,
  code        text   NOT NULL,
  reason      text   NOT NULL,
  since       timestamptz NOT NULL DEFAULT now(),
  PRIMARY KEY (record_id, system)
);

-- The rules in force, as `concord apply` derived them.
CREATE TABLE entity_plan (
  entity     text PRIMARY KEY,
  plan       jsonb NOT NULL,
  version    int NOT NULL DEFAULT 1,
  applied_at timestamptz NOT NULL DEFAULT now()
);

-- How far a streaming source outside Kafka has been read. The epoch fences a reader that was replaced.
CREATE TABLE source_checkpoint (
  source        text PRIMARY KEY,
  epoch         bigint  NOT NULL DEFAULT 0,
  replay_id     bytea,
  count         bigint  NOT NULL DEFAULT 0,
  generation    bigint  NOT NULL DEFAULT 0,
  snapshot_done boolean NOT NULL DEFAULT false,
  saved_at      timestamptz NOT NULL DEFAULT now()
);

-- Progress of sinks whose system has no transactions to keep it in.
CREATE TABLE sink_progress (
  system   text   NOT NULL,
  stream   text   NOT NULL,
  intended bigint NOT NULL DEFAULT 0,
  done     bigint NOT NULL DEFAULT 0,
  outcomes jsonb  NOT NULL DEFAULT '[]',
  PRIMARY KEY (system, stream)
);

-- Lets a single statement undo itself when the caller no longer owns what it writes.
CREATE FUNCTION assert_owned(owned boolean) RETURNS boolean LANGUAGE plpgsql AS $$
BEGIN
  IF NOT owned THEN
    RAISE EXCEPTION 'another instance has taken over' USING ERRCODE = 'CC001';
  END IF;
  RETURN true;
END $$;

-- Down Migration
DROP TABLE identity, record_state, partition_progress, conflict, audit, quarantine, entity_plan, source_checkpoint, sink_progress;
DROP FUNCTION assert_owned(boolean);
