/** Which keys a shape knows at a path: the material of suggestions. */
import { z } from 'zod';
import type { Path } from './tree.ts';

export function knownKeysAt(shape: z.ZodType, path: Path): string[] {
  const objects = path.reduce((shapes: z.ZodType[], step) => shapes.flatMap((one) => inside(one, step)), [shape]);
  const keys = objects.flatMap(unwrapped).flatMap((one) => (one instanceof z.ZodObject ? Object.keys(one.shape) : []));
  return [...new Set(keys)].filter((key) => key !== '$schema');
}

function inside(shape: z.ZodType, step: PropertyKey): z.ZodType[] {
  return unwrapped(shape).flatMap((one) => {
    if (one instanceof z.ZodObject) return one.shape[String(step)] ?? [];
    if (one instanceof z.ZodArray) return one.element as z.ZodType;
    if (one instanceof z.ZodRecord) return one.valueType as z.ZodType;
    return [];
  });
}

function unwrapped(shape: z.ZodType): z.ZodType[] {
  if (shape instanceof z.ZodOptional) return unwrapped(shape.unwrap() as z.ZodType);
  if (shape instanceof z.ZodUnion) return shape.options.flatMap((option) => unwrapped(option as z.ZodType));
  return [shape];
}
