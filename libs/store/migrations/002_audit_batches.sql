-- Up Migration

-- A row per commit instead of a row per record and commit: what was decided about many records, a line of JSON each,
-- compressed together (libs/store/src/audit-lines.ts). Earlier rows become batches of one.
ALTER TABLE audit RENAME TO audit_by_record;
ALTER INDEX audit_pkey RENAME TO audit_by_record_pkey;

CREATE TABLE audit (
  id        bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
  records   uuid[] NOT NULL,
  lines     bytea  NOT NULL,
  stored_at timestamptz NOT NULL DEFAULT now()
);
ALTER TABLE audit ALTER COLUMN lines SET STORAGE EXTERNAL;
CREATE INDEX audit_records ON audit USING gin (records);

INSERT INTO audit (records, lines, stored_at)
SELECT ARRAY[record_id], convert_to(concat('{"recordId":"', record_id, '","entity":', to_json(entity), ',"version":', version,
  ',"at":', (extract(epoch FROM at) * 1000)::bigint, ',"decisions":', decisions, '}', E'\n'), 'UTF8'), at
FROM audit_by_record ORDER BY id;
DROP TABLE audit_by_record;
