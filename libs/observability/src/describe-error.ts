/**
 * An error as data for a log line. Only named facts are taken: database drivers hang whole rows on their errors
 * ("Key (email)=(…) already exists" in `detail`), and those are not for logs.
 */
export type ErrorDescription = {
  type: string;
  message: string;
  code?: string;
  reaction?: string;
  hint?: string;
  place?: unknown;
  stack?: string;
  cause?: ErrorDescription;
};

const causesMax = 5;

export function describeError(error: unknown, depth = 0): ErrorDescription {
  if (!(error instanceof Error)) return { type: typeof error, message: String(error) };
  const facts = error as Error & { code?: unknown; reaction?: unknown; hint?: unknown; place?: unknown };
  return {
    type: error.name,
    message: error.message,
    ...(typeof facts.code === 'string' ? { code: facts.code } : {}),
    ...(typeof facts.reaction === 'string' ? { reaction: facts.reaction } : {}),
    ...(typeof facts.hint === 'string' ? { hint: facts.hint } : {}),
    ...(isPlace(facts.place) ? { place: facts.place } : {}),
    ...(error.stack === undefined ? {} : { stack: error.stack }),
    ...(error.cause === undefined || depth >= causesMax ? {} : { cause: describeError(error.cause, depth + 1) }),
  };
}

function isPlace(place: unknown): boolean {
  return typeof place === 'string' || (typeof place === 'object' && place !== null);
}
