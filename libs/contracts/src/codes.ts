/**
 * The closed list of error codes: `<area>.<what>`, what the machinery does about it, and what a person should do.
 *
 * `retry`: try again with backoff. `park`: set this record's key aside and go on with the others. `halt`: stop this source
 * or target, loudly, until someone has looked. Libraries that may not import this one (config, connector-kit) use the same
 * codes; a code that is not listed here is shown without a hint, so add it.
 */
export type Reaction = 'retry' | 'park' | 'halt';
type Entry = { readonly reaction: Reaction; readonly hint: string };

const retry = (hint: string): Entry => ({ reaction: 'retry', hint });
const park = (hint: string): Entry => ({ reaction: 'park', hint });
const halt = (hint: string): Entry => ({ reaction: 'halt', hint });

export const codes = {
  'contract.malformed': park(
    'The message is truncated or not Avro in Confluent framing. Look for a foreign producer on the topic.',
  ),
  'contract.unknown_schema': park(
    'The registry does not know the schema id. Check that all services use the same registry, then replay the message.',
  ),
  'contract.incompatible_schema': park(
    'The message was written with a schema that today’s plan cannot read. A field has changed its type: run "apply" and a backfill.',
  ),
  'contract.unencodable': park(
    'A value does not fit the planned type of its field. Compare the plan with the systems and run "apply".',
  ),
  'contract.unknown_field': park('The plan does not have this field. Run "apply" and restart the service.'),
  'contract.unknown_entity': park('No plan holds this entity. Run "apply" and restart the service.'),
  'contract.bad_name': halt(
    'Use letters, digits, "_" and "-" only; map a table with another name to an entity of such a name.',
  ),
  'registry.unreachable': retry('Start the schema registry, or correct CONCORD_REGISTRY_URL.'),
  'registry.rejected': halt(
    'The registry refused the request. Its answer is in the message; check CONCORD_REGISTRY_URL and its rights.',
  ),
  'registry.incompatible': halt(
    'The registry refused the schema as incompatible with what consumers already read. Give the changed field a new name, or start a new topic version.',
  ),
  'kafka.unreachable': retry('Start the brokers, or correct CONCORD_KAFKA_BROKERS.'),
  'kafka.unauthorized': halt('The broker refused the credentials or the topic. Check user, password and access rules.'),
  'kafka.topic_missing': halt('Create the topics with "apply".'),
  'kafka.wrong_partition_count': halt('All topics from "changes" on need one partition count. Recreate the odd one.'),
  'kafka.too_large': park(
    'The message exceeds the limit of the topic. Raise max.message.bytes or leave the field out of the mapping.',
  ),
  'kafka.offset_lost': halt('The topic no longer holds the stored offset. Resync what is affected with "backfill".'),
  'store.unreachable': retry('Start the store’s database, or correct CONCORD_STORE_URL.'),
  'store.auth': halt('The store refused the credentials in CONCORD_STORE_URL.'),
  'store.fenced': halt('Another instance has taken over the partition. Nothing is lost; this instance stops.'),
  'store.not_migrated': halt('Run "concord apply" to bring the store’s tables up to date.'),
  'store.failed': halt('The store’s database answered with an error. Look at the cause and at the database’s log.'),
  'store.plan_missing': halt('Run "concord apply": no plan is stored.'),
  'config.invalid': halt('Correct the places named in the message, then run "concord validate".'),
  'config.missing': halt('Set CONCORD_CONFIG to a folder or a comma list of files.'),
  'ingest.unknown_entity': park(
    'The raw record is of a table that no plan holds. Run "apply" or drop it from the publication.',
  ),
  'ingest.malformed': park('The raw record lacks what every such record has. Look at the connector’s settings.'),
  'ingest.schema_drift': park('A mapped column has gone or changed its type. Run "plan" to see the difference.'),
  'ingest.bracket_broken': halt(
    'The marks around our own transaction do not match. Stop the writer of this database and resync.',
  ),
  'ingest.position_lost': halt('The source no longer holds the stored position. Resync with "backfill".'),
  'ingest.gap': halt('The source reported lost events. Resync the named objects with "backfill".'),
  'ingest.ambiguous_match': park('More than one record could be meant. Decide in the review queue.'),
  'ingest.brake': halt('Unusually many deletes or changes at once. Approve or discard them in the console.'),
  'resolver.broken_state': park(
    'The stored state of the record cannot be read. Run "trace" on it and report the fault.',
  ),
  'sink.fenced': halt('Another writer has moved the stream. Nothing is lost; this instance stops.'),
  'sink.unreachable': retry('The target does not answer. Check host, port and network.'),
  'sink.auth': halt('The target refused the credentials. Renew them in the system’s config.'),
  'sink.budget': retry('The target’s request limit is used up. Writes go on when it renews.'),
  'sink.rejected': park(
    'The target refused the record. Its answer is in the reason; correct the data or the mapping, then replay.',
  ),
  'sink.constraint': park('A constraint of the target refused the row. Correct the data on either side, then replay.'),
  'sink.reference_missing': park(
    'The record refers to one that the target does not hold yet. It is tried again when that one arrives.',
  ),
  'sink.schema': halt('The target lacks a mapped table or column. Run "plan", then "apply".'),
  'sink.permission': halt('The user of the target may not write this object. Grant what "doctor" lists.'),
  'sink.in_doubt': retry('The reply to a write was lost. The record is read back before anything is repeated.'),
  'salesforce.auth': halt('Check client id, user and key or secret of the connected app in the config of the system.'),
  'salesforce.unreachable': retry('Check that the named host can be reached; it goes on by itself once it answers.'),
  'salesforce.refused': park('Salesforce refused the call. Its own code and text are in the message.'),
  'salesforce.malformed_answer': retry(
    'Check that the instance URL leads to Salesforce and not to a proxy or login page.',
  ),
  'salesforce.stream_interrupted': retry('Nothing to do: the stream is opened again from the last stored position.'),
  'salesforce.session_refused': retry(
    'A new token is asked for. If it keeps happening, check IP restrictions and session policies of the user.',
  ),
  'salesforce.throttled': retry('Check the event delivery allocation of the org and how many clients subscribe.'),
  'salesforce.replay_expired': halt(
    'The stored position is older than 72 hours; the object is read anew by itself, so nothing is missing.',
  ),
  'salesforce.topic_unavailable': halt(
    'Select the object under Setup > Change Data Capture and give the integration user View All on it.',
  ),
  'salesforce.not_licensed': halt('The org lacks Change Data Capture or the Pub/Sub API: ask for the licence.'),
  'salesforce.protocol': halt('Check instance URL and org of the system; if they are right, report the message.'),
  'salesforce.event_unreadable': halt(
    'The position stays before the event. Report it; to go on without it run "backfill" for the object.',
  ),
  'salesforce.schema_drift': halt('A mapped field has changed its type. Run "plan" to see it and "apply" to adapt.'),
} as const satisfies Record<string, Entry>;

export type Code = keyof typeof codes;

/** Whether a code taken from elsewhere (an error of a library that cannot import this list) is listed. */
export function isCode(code: string): code is Code {
  return Object.hasOwn(codes, code);
}
