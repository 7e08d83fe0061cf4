/**
 * SQLSTATEs, classed by what is at fault. A *row* fault is of this row's data: it is rejected alone. A *passing* fault goes
 * away by itself: the batch is rolled back and tried again. Everything else stops this target until someone has looked,
 * because going on would reject every row of a table that merely lacks a column or a grant.
 * Patterns are looked up from the longest to the shortest: a state of five characters, then its class of two.
 */
import type { Reaction } from '@concord/connector-kit';

export type Verdict =
  | { readonly kind: 'row'; readonly code: string; readonly hint: string }
  | { readonly kind: 'passing' | 'broken'; readonly code: string; readonly hint: string; readonly reaction: Reaction };

const row = (code: string): Verdict => ({
  kind: 'row',
  code,
  hint: 'Correct the data on either side or the mapping, then replay the record.',
});
const passing: Verdict = {
  kind: 'passing',
  code: 'sink.unreachable',
  reaction: 'retry',
  hint: 'Check that the database runs and that host and port of the system are right. Concord goes on by itself once it answers.',
};
const broken = (code: string, hint: string): Verdict => ({ kind: 'broken', code, reaction: 'halt', hint });

const schema = broken('sink.schema', 'A mapped table or column differs from the plan. Run "plan", then "apply".');
const permission = broken(
  'sink.permission',
  'Grant the role what "doctor" lists; a table with row-level security needs BYPASSRLS.',
);
const login = broken('sink.auth', 'Check user, password and database of the system in the config, and pg_hba.conf.');

/** The table that sql-states.test.ts reads aloud. */
const verdicts: Readonly<Record<string, Verdict>> = {
  '08': passing,
  '40': passing,
  '53': passing,
  '55P03': passing,
  '55006': passing,
  '57P0': passing,
  '57014': passing,
  '58': passing,
  '25006': {
    ...passing,
    hint: 'The server is read-only, perhaps a standby after a fail-over. It is tried again.',
  },
  '22': row('sink.rejected'),
  '23': row('sink.constraint'),
  '23503': row('sink.reference_missing'),
  '44': row('sink.constraint'),
  '54': row('sink.rejected'),
  P0001: row('sink.rejected'),
  P0: row('sink.rejected'),
  '09': row('sink.rejected'),
  '28': login,
  '3D': login,
  '3F': schema,
  '42': schema,
  '42501': permission,
};

const errnosThatPass = new Set(
  'ECONNREFUSED,ECONNRESET,EPIPE,ETIMEDOUT,EHOSTUNREACH,ENETUNREACH,ENOTFOUND,EAI_AGAIN'.split(','),
);

/** The driver's own words for a server without TLS. */
const noTls = broken(
  'sink.auth',
  'The server speaks no TLS: switch it on there, or set "ssl": "disable" for the system.',
);
const unknown = broken('postgres.failed', 'Look at the cause and at the database’s own log.');

export function verdictOf({ code = '', message = '' }: { readonly code?: string; readonly message?: string }): Verdict {
  for (let length = Math.min(5, code.length); length >= 2; length -= 1) {
    const verdict = verdicts[code.slice(0, length)];
    if (verdict !== undefined && isSqlState(code)) return verdict;
  }
  if (errnosThatPass.has(code)) return passing;
  if (code === '' && /does not support SSL/i.test(message)) return noTls;
  return code === '' && /terminated|timeout|closed|not queryable|ended/i.test(message) ? passing : unknown;
}

/** An errno such as EPIPE has five letters too, but no SQLSTATE of the server begins with E. */
function isSqlState(code: string): boolean {
  return /^[0-9A-Z]{5}$/.test(code) && !code.startsWith('E');
}

const conditions: Readonly<Record<string, string>> = {
  '22001': 'a text is longer than its column',
  '22003': 'a number is out of range',
  '22007': 'a date or time is malformed',
  '22008': 'a date or time is out of range',
  '22021': 'a text holds a character that the database cannot store',
  '22P02': 'a value is malformed for its column’s type',
  '22P05': 'a character has no equal in the database’s encoding',
  '23502': 'a required value is missing',
  '23503': 'a referenced row is missing, or the row is still referred to',
  '23505': 'a value exists already in another row',
  '23514': 'a check constraint refused the row',
  '23P01': 'an exclusion constraint refused the row',
  '44000': 'a view’s check option refused the row',
  '54000': 'the row exceeds a limit of the database',
  P0001: 'a trigger or function of the database refused the row',
};

/** What a SQLSTATE says in words. The server's own message is not used, because it quotes values. */
export function conditionOf(code: string): string {
  return conditions[code] ?? 'the database refused the row';
}
