/** Whose a field or a record is: the surest way to avoid conflicts. */
import { z } from 'zod';

const TARGET_EDITS = ['overwritten', 'kept', 'reported'] as const;
const targetEdits = z.enum(TARGET_EDITS);

const value = z.union([z.string(), z.number(), z.boolean(), z.null()]);
const comparison = z
  .record(z.string(), z.union([value, z.array(value).min(1)]))
  .describe('Fields with the value, or one of the values, that they must have; all of them.');

export type ConditionDocument =
  | { all: ConditionDocument[] }
  | { any: ConditionDocument[] }
  | { not: ConditionDocument }
  | z.output<typeof comparison>;

const condition: z.ZodType<ConditionDocument> = z
  .lazy(() => conditions())
  .meta({ id: 'condition', description: 'What holds of a record: {"type": "Prospect"}, or all, any, not of such.' });

/** Made once: a shape that names itself would be made again and again. */
let made: z.ZodType<ConditionDocument> | undefined;
function conditions(): z.ZodType<ConditionDocument> {
  return (made ??= z.union([
    comparison,
    z.strictObject({ all: z.array(condition).min(1).describe('All of these hold.') }),
    z.strictObject({ any: z.array(condition).min(1).describe('At least one of these holds.') }),
    z.strictObject({ not: condition.describe('This does not hold.') }),
  ]));
}

const owner = z.string().min(1).describe('Name, role or alias of the system.');
const fieldOwner = z
  .strictObject({
    field: z.string().min(1).optional().describe('Name of the field on either side.'),
    fields: z.array(z.string().min(1)).min(1).optional().describe('Several fields of the same owner.'),
    group: z.string().min(1).optional().describe('Name of a group of "field_groups".'),
    owner,
    target_edits: targetEdits.optional().describe('What happens to edits of others in these fields.'),
  })
  .superRefine((rule, context) => {
    if ([rule.field, rule.fields, rule.group].filter((said) => said !== undefined).length === 1) return;
    context.addIssue({ code: 'custom', path: [], message: 'must have exactly one of "field", "fields" and "group"' });
  });

export const ownershipShape = z
  .strictObject({
    fields: z.array(fieldOwner).optional().describe('Fields that only one system changes.'),
    records: z
      .array(
        z.strictObject({
          when: condition.optional().describe('Which records; all others when absent, as the last rule.'),
          owner: z.string().min(1).describe('Name, role or alias of the system, or "shared".'),
        }),
      )
      .optional()
      .describe('Which system owns a record, by what is in it. The first rule that holds counts; none: it is shared.'),
    target_edits: targetEdits
      .optional()
      .describe('What happens to edits where none flow from: overwritten (the default), kept there, or reported.'),
    target_deletes: targetEdits
      .optional()
      .describe('What happens to deletes where none flow from: the record is made again, or stays away there.'),
  })
  .meta({
    id: 'ownership',
    description: 'Which system owns which fields and records, and what becomes of edits of others.',
  });
