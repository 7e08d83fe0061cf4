/**
 * The closed list of error codes: `<area>.<what>`, what the machinery does about it, and what a person should do.
 *
 * `retry`: try again with backoff. `park`: set this record's key aside and go on with the others. `halt`: stop this source
 * or target, loudly, until someone has looked. Where an error carries a reaction and hint of its own, these are nearer to the
 * case and win; the ones here are for consoles and alerts, which have only the code. A test compares this list with the
 * codes that the sources spell, since libraries that may not import this one (config, core) spell theirs.
 */
export type Reaction = 'retry' | 'park' | 'halt';
type Entry = { readonly reaction: Reaction; readonly hint: string };

const retry = (hint: string): Entry => ({ reaction: 'retry', hint });
const park = (hint: string): Entry => ({ reaction: 'park', hint });
const halt = (hint: string): Entry => ({ reaction: 'halt', hint });

export const codes = {
  'config.faults': halt('Run "concord validate" and correct what it names.'),
  'config.unreadable': halt('Check the path in CONCORD_CONFIG and the rights on it.'),
  'config.syntax': halt('Correct the JSON or YAML at the named place.'),
  'config.unknown_key': halt('Correct the spelling, or remove the key.'),
  'config.value': halt('Give a value as the message describes.'),
  'config.contradiction': halt('Keep one of the two statements.'),
  'config.secret': halt('Give secrets as "env:NAME" or "file:PATH", and make sure that the variable or file exists.'),
  'config.reference': halt('Name a system, sync or field that the config has.'),
  'config.incomplete': halt('Add what is missing.'),

  'contract.malformed': park('Look for a foreign producer on the topic: the message is truncated or not framed Avro.'),
  'contract.unknown_schema': park('Check that all services use the same registry, then replay the message.'),
  'contract.incompatible_schema': park('A field has changed its type: run "concord apply" and a backfill.'),
  'contract.unencodable': park(
    'A value does not fit the planned type of its field: run "concord plan", then "concord apply".',
  ),
  'contract.unknown_field': park('The plan does not have this field: run "concord apply" and restart the service.'),
  'contract.unknown_entity': park('No plan holds this entity: run "concord apply" and restart the service.'),
  'contract.bad_name': halt(
    'Use letters, digits, "_" and "-" only; map a table with another name to an entity of such a name.',
  ),

  'core.state_format': halt('The record was stored by a newer release, or is damaged: run the release that wrote it.'),

  'ingest.malformed': park('Look for a foreign producer on the topic, and at the connector’s settings.'),
  'ingest.schema_drift': park(
    'A mapped column has gone or changed its type: run "concord plan", then "concord apply".',
  ),
  'ingest.second_copy': park(
    'Two records of one system claim to be the same one: delete one of them, or make it anew with another key.',
  ),
  'ingest.bracket_broken': halt('Stop the writer of this database and resync what it wrote.'),
  'ingest.bracket_too_large': halt(
    'A cascade or trigger multiplies our writes. Raise the limit, or write smaller batches.',
  ),
  'ingest.truncated': halt(
    'Restore the rows, or confirm that they are to be deleted everywhere; then resync the table.',
  ),
  'ingest.position_lost': halt('The source no longer holds the stored position: resync with "concord backfill".'),

  'kafka.unreachable': retry('Start the brokers, or correct CONCORD_KAFKA_BROKERS.'),
  'kafka.auth': halt('Check the SASL mechanism, user and password of the Kafka connection against the cluster.'),
  'kafka.tls': halt(
    'Check whether the listener expects TLS, and that the configured authority signed its certificate.',
  ),
  'kafka.not_authorized': halt('Grant the service’s user what "concord doctor" lists on the topic and group.'),
  'kafka.topic_missing': halt('Create the topics with "concord apply".'),
  'kafka.topic_refused': halt(
    'The brokers refused the topic’s settings: compare them with what "concord doctor" lists.',
  ),
  'kafka.partition_missing': halt(
    'All topics of an installation need one partition count; "concord doctor" compares them.',
  ),
  'kafka.partition_count': halt('Set the configured count to that of the topics, or create the odd topic anew.'),
  'kafka.message_too_large': park('Leave large fields out of the sync, or raise max.message.bytes of the topic.'),
  'kafka.offset_lost': halt('Messages were deleted before they were read: resync with "concord backfill".'),
  'kafka.send_unknown': retry('Check the brokers. Sending again is right: consumers drop what they have seen.'),
  'kafka.send_aborted': retry('Nothing to do: it is sent again after the earlier messages.'),
  'kafka.send_queue_full': retry('Kafka is slower than the source. Look at the brokers’ health.'),
  'kafka.group_changed': retry('Nothing to do: the partitions have moved to other instances.'),
  'kafka.stopped': halt('The client was used after it was stopped: a fault of Concord, report it with the message.'),
  'kafka.misused': halt('A fault of Concord: report it with the message.'),
  'kafka.failed': retry('Look at the cause and at the brokers’ logs.'),

  'postgres.column_missing': halt('Correct the mapping, or add the column.'),
  'postgres.table_missing': halt('Create the table, or correct its name (schema.table) or the database in the config.'),
  'postgres.failed': halt('Look at the cause and at the database’s own log.'),
  'postgres.version': halt('Upgrade the server: Concord needs PostgreSQL 17 or later.'),
  'postgres.unfit': halt('Change the server or the role as the message says, then run "concord apply".'),
  'postgres.table_unfit': halt('Change the table as the message says, or leave it out of the sync.'),
  'postgres.publication_unfit': halt('Drop the publication, then run "concord apply", which makes it anew.'),
  'postgres.connect_unreachable': retry('Start Kafka Connect, or correct CONCORD_CONNECT_URL.'),
  'postgres.connector_refused': halt('Look at the Kafka Connect worker’s log and at its plugin path.'),
  'postgres.connector_failed': halt(
    'Correct what the message names (login, slot, publication, offsets), then run "concord apply".',
  ),
  'postgres.connector_slow': retry('Look for idle open transactions in the database and at the worker’s log.'),

  'registry.unreachable': retry('Start the schema registry, or correct CONCORD_REGISTRY_URL.'),
  'registry.rejected': halt(
    'Look at the registry’s answer in the message; check CONCORD_REGISTRY_URL and the rights there.',
  ),
  'registry.not_there': halt(
    'Set CONCORD_REGISTRY_URL to the base of the Confluent-compatible API (of Apicurio: http://<host>/apis/ccompat/v7).',
  ),
  'registry.incompatible': halt('Consumers could no longer read the topic. Give the changed field a new name instead.'),

  'salesforce.unreachable': retry('Check that the host can be reached from here (name, port, proxy, firewall).'),
  'salesforce.auth': halt('Check login URL, client id, user, and key or secret of the connected app.'),
  'salesforce.refused': park('Look at Salesforce’s answer in the message; nothing was changed by the call.'),
  'salesforce.malformed_answer': retry(
    'Check that the instance URL leads to Salesforce and not to a proxy or login page.',
  ),
  'salesforce.throttled': retry('Check the org’s limits and who else uses them up.'),
  'salesforce.session_refused': retry(
    'Check IP restrictions and session policies of the integration user if it keeps happening.',
  ),
  'salesforce.stream_interrupted': retry('Nothing to do: the stream is opened again from the last stored position.'),
  'salesforce.replay_expired': halt('The stored position is older than 72 hours: the object is read anew.'),
  'salesforce.topic_unavailable': halt(
    'Select the object under Setup > Change Data Capture; give the integration user View All on it.',
  ),
  'salesforce.event_unreadable': halt(
    'Nothing is lost. Report it; to go on without the event run "concord backfill" for the object.',
  ),
  'salesforce.protocol': halt('Check instance URL and org; if they are right, report the message.'),
  'salesforce.not_licensed': halt('Ask the Salesforce administrator for Change Data Capture and the Pub/Sub API.'),
  'salesforce.schema_drift': halt('Run "concord plan" to see the difference and "concord apply" to adapt.'),
  'salesforce.object_missing': halt(
    'Check the API name (custom objects end in __c); give the integration user Read on it.',
  ),
  'salesforce.field_missing': halt('Check the API name (custom fields end in __c) and the field-level security.'),
  'salesforce.field_read_only': halt(
    'Give the integration user Edit on the field, or map it one-way out of Salesforce.',
  ),
  'salesforce.permission_missing': halt('Grant the named permission by a permission set.'),
  'salesforce.sync_field_missing': halt('Create the named field on the object, or let "concord apply" do it.'),

  'sink.fenced': halt('Nothing to do: another instance has taken the stream over.'),
  'sink.unreachable': retry('Look at the target and the network if it does not pass by itself.'),
  'sink.auth': halt('Check user, password and database of the system in the config.'),
  'sink.permission': halt('Grant the user of the target what "concord doctor" lists.'),
  'sink.schema': halt('A mapped table or column differs from the plan: run "concord plan", then "concord apply".'),
  'sink.rejected': park('Correct the data or the mapping as the reason says, then replay.'),
  'sink.contended': park(
    'Others save this record faster than it can be read and written. Find the automation that does, then replay.',
  ),
  'sink.constraint': park('A rule of the target refused the row. Correct the data on either side, then replay.'),
  'sink.reference_missing': park(
    'The record refers to one that the target does not hold; it is tried again when that one arrives.',
  ),
  'sink.row_exists': park(
    'The target holds a row of that key already. If it is the same record, link the two; else free the key.',
  ),
  'sink.row_missing': park('The row is gone in the target; its delete arrives as a change of its own.'),

  'store.unreachable': retry('Check that Postgres is up and that CONCORD_STORE_URL names it.'),
  'store.auth': halt('Check user, password and database in CONCORD_STORE_URL.'),
  'store.fenced': halt('Nothing to do: another instance has taken over.'),
  'store.not_migrated': halt('Run "concord apply", which creates and upgrades the store.'),
  'store.plan_missing': halt('Run "concord apply", which makes and stores the plans.'),
  'store.failed': halt('Look at the cause and at the log of the store’s database.'),
} as const satisfies Record<string, Entry>;

export type Code = keyof typeof codes;

/** Whether a code taken from elsewhere (an error of a library that cannot import this list) is listed. */
export function isCode(code: string): code is Code {
  return Object.hasOwn(codes, code);
}
