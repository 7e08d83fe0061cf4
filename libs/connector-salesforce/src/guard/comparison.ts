/** Which of the fields that a command guards no longer hold what it expects, as a row that was just read tells. */
import type { TargetCommand } from '@concord/connector-kit';
import { project, same } from '@concord/core';
import type { EntityBinding } from '../normalize/binding.ts';
import { fromNative } from '../normalize/values.ts';
import type { Row } from '../rest/rest-client.ts';

export type Comparison = {
  /** The Salesforce fields that have to be read. */
  readonly natives: readonly string[];
  /** Canonical names of the fields that hold something else, compared as Salesforce holds them. */
  staleFields(row: Row): string[];
};

export function comparisonOf({ expected }: TargetCommand, binding: EntityBinding): Comparison {
  const fields = binding.fields.filter(({ canonical }) => expected[canonical] !== undefined);
  return {
    natives: fields.map(({ access }) => access.native),
    staleFields: (row) =>
      fields
        .filter(({ canonical, type, access }) => {
          const held = project(access.type, fromNative(row[access.native], access, type));
          return !same(access.type, held, project(access.type, expected[canonical] ?? null));
        })
        .map(({ canonical }) => canonical),
  };
}
