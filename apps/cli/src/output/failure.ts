/**
 * Any error as what a person can do about it, and the exit code that scripts can rely on:
 * 0 fine; 1 something given is wrong (config, plan, arguments); 2 `plan`: there are changes to apply; 3 something that is
 * needed cannot be reached or refuses; 4 what was asked for does not exist; 70 a fault of Concord itself.
 */
import { ConfigError, formatPlace } from '@concord/config';
import type { PlanFault } from '../plan/finding.ts';
import type { Output } from './output.ts';

export const exitCodes = { fine: 0, wrong: 1, changes: 2, unavailable: 3, absent: 4, internal: 70 } as const;

/** The faults of plans, all of them. */
export class PlanError extends Error {
  readonly code = 'plan.faults';
  readonly faults: readonly PlanFault[];

  constructor(faults: readonly PlanFault[], options?: { cause?: unknown }) {
    super(`${faults.length} fault${faults.length === 1 ? '' : 's'} between the config and the systems`, options);
    this.name = 'PlanError';
    this.faults = faults;
  }
}

/** What was asked for is not there. */
export class AbsentError extends Error {
  readonly code: string;
  readonly hint: string;

  constructor(code: string, message: string, hint: string) {
    super(message);
    this.name = 'AbsentError';
    this.code = code;
    this.hint = hint;
  }
}

/** What was given cannot be done as it stands. */
export class WrongError extends Error {
  readonly code: string;
  readonly hint: string;

  constructor(code: string, message: string, hint: string) {
    super(message);
    this.name = 'WrongError';
    this.code = code;
    this.hint = hint;
  }
}

/** Shows the error (each of several) and returns the exit code. */
export function reportFailure(error: unknown, output: Output): number {
  const errors = error instanceof AggregateError ? (error.errors as unknown[]) : [error];
  output.data({ errors: errors.flatMap(asData) });
  for (const one of errors) show(one, output);
  return Math.max(...errors.map(exitCodeOf));
}

type Facts = { readonly code?: unknown; readonly hint?: unknown; readonly cause?: unknown };

function show(error: unknown, output: Output): void {
  if (error instanceof ConfigError || error instanceof PlanError) {
    for (const { place, message, remedy } of error.faults) output.trouble(`${formatPlace(place)}  ${message}`, remedy);
    output.detail(`${error.faults.length} fault${error.faults.length === 1 ? '' : 's'}`);
    return;
  }
  const { message, hint, code } = factsOf(error);
  output.trouble(code === null ? message : `${message} [${code}]`, hint);
  if (output.isDebug && error instanceof Error) output.detail(error.stack ?? '');
}

function factsOf(error: unknown): { message: string; hint: string; code: string | null } {
  const message = error instanceof Error ? error.message : String(error);
  const { hint, code } = (error ?? {}) as Facts;
  return {
    message,
    hint:
      typeof hint === 'string' ? hint : 'This should not happen. Run it again with --debug and report what it says.',
    code: typeof code === 'string' ? code : null,
  };
}

function asData(error: unknown): unknown[] {
  if (error instanceof ConfigError || error instanceof PlanError) {
    return error.faults.map(({ code, place, message, remedy }) => ({ code, ...place, message, hint: remedy }));
  }
  return [factsOf(error)];
}

function exitCodeOf(error: unknown): number {
  if (error instanceof ConfigError || error instanceof PlanError || error instanceof WrongError) return exitCodes.wrong;
  if (error instanceof AbsentError) return exitCodes.absent;
  const { hint } = (error ?? {}) as Facts;
  return typeof hint === 'string' ? exitCodes.unavailable : exitCodes.internal;
}
