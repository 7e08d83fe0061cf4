/** Positions of a Salesforce stream: new beginning, then number of the change since it, both as fixed-width hexadecimal. */
import type { Position } from '@concord/core';

export function positionOf(generation: bigint, count: bigint): Position {
  return generation.toString(16).padStart(8, '0') + count.toString(16).padStart(16, '0');
}
