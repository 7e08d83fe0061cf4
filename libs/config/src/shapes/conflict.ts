/** How concurrent edits are answered: strategies for whole records, single fields and groups of fields. */
import { z } from 'zod';

/** What one answer can be for any field. */
const RECORD_STRATEGIES = [
  'last_write_wins',
  'field_level_priority',
  'source_priority',
  'manual',
  'max',
  'min',
  'counter',
  'set_union',
  'set_delta',
] as const;
/** `paired` needs fields of its own, so it is said of single fields. */
const FIELD_STRATEGIES = [...RECORD_STRATEGIES, 'paired'] as const;
const EFFECTIVE_STRATEGIES = ['last_write_wins', 'source_priority', 'max', 'min'] as const;

const systems = z.array(z.string().min(1)).min(1);
const prioritySystem = z.string().min(1).describe('Name, role or alias of a system, or "last_updated".');
const options = {
  priority: systems.optional().describe('source_priority: the systems, strongest first.'),
  skew_bound_seconds: z
    .number()
    .min(0)
    .max(86_400)
    .optional()
    .describe(
      'last_write_wins: times that are no further apart tell nothing; "tie_break" answers then. 0 when absent.',
    ),
  tie_break: systems
    .optional()
    .describe('last_write_wins: the systems, strongest first, for edits of the same time. By name when absent.'),
};

const effective = z
  .union([
    z.enum(EFFECTIVE_STRATEGIES),
    z.strictObject({ strategy: z.enum(EFFECTIVE_STRATEGIES).describe('Which of the own values counts.'), ...options }),
  ])
  .describe('paired: how the effective value follows from the own values that are not empty.');

const fieldRule = z
  .strictObject({
    field: z.string().min(1).optional().describe('Name of the field on either side.'),
    fields: z.array(z.string().min(1)).min(1).optional().describe('Several fields under the same rule.'),
    group: z.string().min(1).optional().describe('Name of a group of "field_groups".'),
    strategy: z.enum(FIELD_STRATEGIES).optional().describe('How an edit of the field on both sides is answered.'),
    priority_system: prioritySystem.optional(),
    ...options,
    own: z
      .record(z.string(), z.string().min(1))
      .optional()
      .describe('paired: the field of each system that only this system changes, by name or role of the system.'),
    effective: effective.optional(),
  })
  .superRefine((rule, context) => {
    if ([rule.field, rule.fields, rule.group].filter((said) => said !== undefined).length === 1) return;
    context.addIssue({ code: 'custom', path: [], message: 'must have exactly one of "field", "fields" and "group"' });
  });

export const conflictRules = z
  .strictObject({
    strategy: z
      .enum(RECORD_STRATEGIES)
      .optional()
      .describe('How an edit of the same field on both sides is answered, where no rule of the field says otherwise.'),
    priority_system: prioritySystem.optional().describe('field_level_priority: the system that wins in all fields.'),
    ...options,
    timestamp_field: z
      .string()
      .optional()
      .describe('last_write_wins: the field in which a system says when a record was last changed.'),
    field_rules: z.array(fieldRule).optional().describe('Rules of single fields and groups.'),
    deletes: z
      .enum(['delete_wins', 'update_wins', 'manual'])
      .optional()
      .describe('When one side deletes what the other edits; delete_wins when absent.'),
  })
  .meta({ id: 'conflictRules', description: 'How concurrent edits are resolved.' });

export const conflictResolution = z.union([z.enum(RECORD_STRATEGIES), conflictRules]).meta({
  id: 'conflictResolution',
  description: 'How concurrent edits are resolved: the name of a strategy, or an object.',
});

export const fieldGroups = z.record(z.string().min(1), z.array(z.string().min(1)).min(2)).meta({
  id: 'fieldGroups',
  description: 'Fields that are one unit (an address), by the name of the unit: they are never mixed from two sides.',
});

type FieldRuleDocument = z.output<typeof fieldRule>;
/** Where the answer of a rule, of a whole sync or of a pair is said: the same keys. */
export type PolicyDocument = Pick<
  FieldRuleDocument,
  'strategy' | 'priority_system' | 'priority' | 'skew_bound_seconds' | 'tie_break' | 'own' | 'effective'
>;
