/** What happens to values on the way from the source to the target (and, the other way round, back). */
import { z } from 'zod';

const NORMALIZATIONS = ['trim', 'collapse_spaces', 'lowercase', 'uppercase', 'format_phone'] as const;
const NAMES = ['none', ...NORMALIZATIONS] as const;

const country = z
  .string()
  .regex(/^[A-Z]{2}$/, 'must be a country code such as "NO"')
  .describe('Country of numbers that are written without one.');
const value = z.union([z.string(), z.number(), z.boolean()]);

const formText = 'The form that travels; what people typed stays where they typed it.';

const stepObject = z.discriminatedUnion('type', [
  z.strictObject({ type: z.enum(['trim', 'collapse_spaces', 'lowercase', 'uppercase']).describe(formText) }),
  z.strictObject({ type: z.literal('format_phone').describe(formText), default_country: country.optional() }),
  z.strictObject({
    type: z.literal('value_map').describe('Values by name: what the source calls them, and what the target does.'),
    values: z.record(z.string(), z.string()).describe('The value of the source, and that of the target.'),
  }),
  z.strictObject({
    type: z.literal('scale').describe('The target counts in another unit.'),
    power_of_ten: z.int().min(-9).max(9).describe('The target’s number is so many powers of ten larger: 2 for cents.'),
  }),
  z.strictObject({
    type: z
      .enum(['constant', 'default'])
      .describe('One-way. constant: always this value; default: where there is none.'),
    value: value.describe('The value that the target gets.'),
  }),
]);

const step = z.union([z.enum(NAMES), stepObject]);

export const transformation = z.union([step, z.array(step)]).meta({
  id: 'transformation',
  description: 'What happens to values on the way: one step, or several in their order.',
});

export const defaultCountry = country;
export type StepDocument = z.output<typeof step>;
