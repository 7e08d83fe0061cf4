/** What a system says of one of its objects, in the words that the plan is derived from, whatever kind of system it is. */
import type { FieldType } from '@concord/core';

export type DescribedField = {
  readonly name: string;
  /** Null where values cannot be carried; `refusal` then says why. */
  readonly type: FieldType | null;
  readonly refusal: string | null;
  readonly nativeType: string;
  /** Concord may write it. What is false here the system maintains itself. */
  readonly isWritable: boolean;
  /** Whether a record cannot be created without a value for it; `perhaps` where the system may fill it in. */
  readonly isRequired: 'yes' | 'no' | 'perhaps';
};

export type DescribedObject = {
  /** Name of the system in the config. */
  readonly system: string;
  readonly type: 'postgres' | 'salesforce';
  /** `public.accounts` or `Account`. */
  readonly object: string;
  readonly fields: readonly DescribedField[];
  readonly key: readonly string[];
  readonly isKeyGenerated: boolean;
  /** What is weaker when Concord writes here, because the system cannot refuse a write that comes too late. */
  readonly unguarded?: string;
};
