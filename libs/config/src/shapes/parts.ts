/** The parts of a sync, each as the snippets of the documentation write it. */
import { z } from 'zod';
import { defaultCountry, transformation } from './transformations.ts';

export const fieldMappings = z
  .array(
    z.strictObject({
      source: z.string().min(1).describe('Field of the source.'),
      target: z.string().min(1).describe('Field of the target.'),
      transformation: transformation.optional(),
    }),
  )
  .meta({ id: 'fieldMappings', description: 'Which field of the source goes with which field of the target.' });

export const mappingOptions = z
  .strictObject({
    handle_nulls: z
      .enum(['preserve', 'ignore'])
      .optional()
      .describe('preserve: an emptied field empties the other; ignore: nulls do not flow.'),
    default_country: defaultCountry.optional(),
    timestamp_format: z.enum(['iso8601']).optional().describe('How timestamps appear in text fields.'),
  })
  .meta({ id: 'mappingOptions', description: 'Options for all field mappings of the sync.' });

export const initialSync = z
  .strictObject({
    strategy: z
      .enum(['full_load', 'none'])
      .optional()
      .describe('full_load: both sides are read and linked first; none: only changes from now on.'),
  })
  .meta({ id: 'initialSync', description: 'What happens when the sync starts for the first time.' });

export const ongoingSync = z
  .strictObject({
    mode: z.enum(['real_time', 'polling']).optional().describe('How changes are noticed.'),
    polling_interval_seconds: z.number().positive().optional().describe('How often a polled system is asked.'),
  })
  .meta({ id: 'ongoingSync', description: 'How changes are noticed after the start.' });

const severity = z.enum(['info', 'warning', 'error', 'critical']);
const notification = z
  .strictObject({
    channels: z
      .array(z.enum(['slack', 'email']))
      .optional()
      .describe('Where notifications go.'),
    threshold: severity.optional().describe('The least severity that is notified.'),
    email: z
      .union([z.string(), z.array(z.string())])
      .optional()
      .describe('Recipients.'),
    slack: z.string().optional().describe('Slack channel.'),
  })
  .meta({
    id: 'notification',
    description: 'Who is told of errors. "notification" and "notifications" mean the same.',
  });

export const errorHandling = z
  .strictObject({
    retry_strategy: z
      .strictObject({
        max_attempts: z.int().min(1).max(100).optional().describe('Attempts in all; 5 when absent.'),
        backoff_factor: z.number().min(1).max(10).optional().describe('Each delay times this; 2 when absent.'),
        initial_delay_seconds: z.number().positive().max(3600).optional().describe('First delay; 1 when absent.'),
      })
      .optional()
      .describe('How a refused change is tried again.'),
    notification: notification.optional(),
    notifications: notification.optional(),
    fallback: z
      .strictObject({ action: z.enum(['queue_for_manual_review']).describe('What happens after the last attempt.') })
      .optional()
      .describe('What happens when trying again does not help.'),
  })
  .meta({ id: 'errorHandling', description: 'What happens when a change cannot be applied.' });

export const performanceSettings = z
  .strictObject({
    batch_size: z.int().min(1).max(100_000).optional().describe('Most changes handled at once.'),
    parallelism: z.int().min(1).max(100).optional().describe('Batches handled side by side.'),
    change_detection: z
      .enum(['database_triggers', 'log_based', 'polling'])
      .optional()
      .describe('How changes are found.'),
    index_recommendation: z.boolean().optional().describe('Let `plan` recommend indexes.'),
  })
  .meta({ id: 'performanceSettings', description: 'Throughput settings.' });

export const validationRules = z
  .array(
    z
      .strictObject({
        field: z.string().min(1).describe('Name of the field on either side.'),
        rule: z.enum(['email_format', 'regex', 'required', 'range', 'enum']).describe('What must hold.'),
        pattern: z.string().optional().describe('regex: the expression that the value must match.'),
        min: z.number().optional().describe('range: the least value.'),
        max: z.number().optional().describe('range: the greatest value.'),
        values: z.array(z.string()).optional().describe('enum: the values allowed.'),
        on_error: z
          .enum(['reject_record', 'standardize_format', 'clear_field', 'warn'])
          .describe('What happens to a record that breaks the rule.'),
      })
      .superRefine(({ rule, pattern }, context) => {
        if (rule !== 'regex') return;
        const problem = pattern === undefined ? 'is needed by the rule "regex"' : expressionProblem(pattern);
        if (problem !== null) context.addIssue({ code: 'custom', path: ['pattern'], message: problem });
      }),
  )
  .meta({ id: 'validationRules', description: 'Rules that values must keep before they are synced.' });

function expressionProblem(pattern: string): string | null {
  try {
    void RegExp(pattern, 'u');
    return null;
  } catch (error) {
    return `is not a regular expression: ${(error as Error).message}`;
  }
}

const LOG_LEVELS = ['trace', 'debug', 'info', 'warn', 'error', 'fatal'] as const;
const level = z.enum(LOG_LEVELS);

export const monitoring = z
  .strictObject({
    dashboard_enabled: z.boolean().optional().describe('Show the sync in the console.'),
    metrics: z
      .array(z.enum(['sync_latency', 'error_rate', 'throughput']))
      .optional()
      .describe('The metrics kept.'),
    metric_collection: z
      .array(z.enum(['latency', 'error_rate', 'throughput']))
      .optional()
      .describe('The same as "metrics", with "latency" for "sync_latency".'),
    alerting: z
      .strictObject({
        latency_threshold_ms: z.number().positive().optional().describe('Alert above this latency.'),
        error_rate_threshold: z.number().min(0).max(1).optional().describe('Alert above this share of failures.'),
        consecutive_failures_threshold: z.int().min(1).optional().describe('Alert after so many failures in a row.'),
      })
      .optional()
      .describe('When an alert fires.'),
    logging: z
      .strictObject({
        level: level.optional().describe('Least level that is logged.'),
        retention_days: z.int().min(1).optional().describe('How long logs and audit lines are kept.'),
      })
      .optional()
      .describe('Logs.'),
    log_level: level.optional().describe('The same as logging.level.'),
  })
  .meta({ id: 'monitoring', description: 'What is measured, logged and alerted.' });

export const loopPrevention = z
  .strictObject({
    enabled: z.boolean().optional().describe('false: chains of automatic changes are not watched.'),
    detection_window_seconds: z.number().positive().optional().describe('Length of the window; 60 when absent.'),
    max_update_count: z
      .int()
      .min(1)
      .optional()
      .describe('Most automatic changes of one field that follow each other within the window; 2 when absent.'),
  })
  .meta({
    id: 'loopPrevention',
    description: 'How often automation may answer automation in one field before it is frozen.',
  });
