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
  if (isNumber(kind)) return `${1 + random.below(9)}${String(serial).padStart(3, '0')}.00`;
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
  if (isNumber(kind)) return profile.name === 'P' ? formatted(tenThousandths(text), 4) : formatted(cents(text), 2);
  if (kind === 'set') return storedSet(profile, elementsOf(text));
  return kind === 'short' && profile.name !== 'P' ? text.slice(0, 6) : text;
}

/** Equality as the system itself would decide it: numbers by value, sets by what is in them. */
export function equalAt(profile: SystemProfile, kind: FieldKind, left: Value, right: Value): boolean {
  return stored(profile, kind, left) === stored(profile, kind, right);
}

/** What is in a set, nothing where there is none. */
export function elementsOf(value: Value): readonly string[] {
  return value === null ? [] : (JSON.parse(String(value)) as string[]);
}

/** Each system has an order of its own, and only P knows a set with nothing in it. */
function storedSet({ name }: SystemProfile, elements: readonly string[]): Value {
  const ordered = [...new Set(elements)].sort();
  if (name === 'P') return JSON.stringify(ordered);
  return ordered.length === 0 ? null : JSON.stringify(ordered.toReversed());
}

const NUMBERS: ReadonlySet<FieldKind> = new Set(['decimal', 'size', 'counter', 'own', 'effective']);

export function isNumber(kind: FieldKind): boolean {
  return NUMBERS.has(kind);
}

function tenThousandths(text: string): number {
  return Math.round(Number(text) * 10_000);
}

/** Halves go away from zero, as databases round. */
function cents(text: string): number {
  const units = tenThousandths(text);
  return Math.sign(units) * Math.floor((Math.abs(units) + 50) / 100);
}

/** With trailing zeros, as databases show numbers of a fixed scale. */
function formatted(units: number, scale: number): string {
  const digits = String(Math.abs(units)).padStart(scale + 1, '0');
  return `${units < 0 ? '-' : ''}${digits.slice(0, -scale)}.${digits.slice(-scale)}`;
}
