/**
 * Values that carry their own identity. Every write by a user has a number of its own in it, and whatever a system does to
 * the value (cutting, rounding, a trigger) leaves that number intact, so the auditor can follow a write through the world
 * without asking the code under test what equals what.
 */
import type { Value } from '@concord/core';
import type { Random } from '@concord/testing';
import type { FieldKind, SystemProfile } from './options.ts';

export function newValue(random: Random, kind: FieldKind, system: string, serial: number): string {
  if (kind === 'decimal') return `${serial}.${String(1000 + random.below(8000))}`;
  return `${system}${serial}${random.pick(['', '-x', '-longer text'])}`;
}

/** The number of the write that the value comes from, '' for no value. */
export function tokenOf(value: Value): string {
  if (value === null) return '';
  return /^[A-Z]?\d+/.exec(String(value))?.[0] ?? String(value);
}

/** What a system keeps of a value, in the form in which it then shows it. */
export function stored(profile: SystemProfile, kind: FieldKind, value: Value): Value {
  if (value === null) return null;
  const text = String(value);
  if (kind === 'decimal') return profile.name === 'P' ? formatted(tenThousandths(text), 4) : formatted(cents(text), 2);
  return kind === 'short' && profile.name !== 'P' ? text.slice(0, 6) : text;
}

/** Equality as the system itself would decide it: numbers by value. */
export function equalAt(profile: SystemProfile, kind: FieldKind, left: Value, right: Value): boolean {
  if (left === null || right === null) return left === right;
  return stored(profile, kind, left) === stored(profile, kind, right);
}

function tenThousandths(text: string): number {
  const [whole = '0', fraction = ''] = text.split('.');
  return Number(whole) * 10_000 + Number(fraction.padEnd(4, '0').slice(0, 4));
}

function cents(text: string): number {
  return Math.floor((tenThousandths(text) + 50) / 100);
}

/** With trailing zeros, as databases show numbers of a fixed scale. */
function formatted(units: number, scale: number): string {
  const digits = String(units).padStart(scale + 1, '0');
  return `${digits.slice(0, -scale)}.${digits.slice(-scale)}`;
}
