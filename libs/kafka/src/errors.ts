/**
 * Errors of Kafka in terms an SRE can act on. The list of codes is closed: whatever the client throws becomes one of
 * them, and the reaction tells the caller whether to try again, set the message aside or stop.
 */
export type KafkaErrorCode = keyof typeof reactions;

export type KafkaReaction = 'retry' | 'park' | 'halt';

const reactions = {
  'kafka.unreachable': 'retry',
  'kafka.auth': 'halt',
  'kafka.tls': 'halt',
  'kafka.not_authorized': 'halt',
  'kafka.topic_missing': 'halt',
  'kafka.partition_missing': 'halt',
  'kafka.partition_count': 'halt',
  'kafka.topic_refused': 'halt',
  'kafka.message_too_large': 'park',
  'kafka.offset_lost': 'halt',
  'kafka.send_unknown': 'retry',
  'kafka.send_aborted': 'retry',
  'kafka.send_queue_full': 'retry',
  'kafka.group_changed': 'retry',
  'kafka.stopped': 'halt',
  'kafka.misused': 'halt',
  'kafka.failed': 'retry',
} as const satisfies Record<string, KafkaReaction>;

export class KafkaError extends Error {
  readonly code: KafkaErrorCode;
  readonly reaction: KafkaReaction;
  readonly hint: string;

  constructor(details: { code: KafkaErrorCode; message: string; hint: string }, options?: { cause?: unknown }) {
    super(details.message, options);
    this.name = 'KafkaError';
    this.code = details.code;
    this.reaction = reactions[details.code];
    this.hint = details.hint;
  }
}
