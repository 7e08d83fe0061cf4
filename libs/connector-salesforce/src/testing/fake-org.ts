/** A few Account rows behind the REST client, with faults to order: enough to see what the sink and the reader do. */
import { unreachable } from '../errors.ts';
import type { HttpCall, HttpReply } from '../rest/http.ts';
import type { HttpCaller, Row } from '../rest/rest-client.ts';

type StoredRow = Record<string, unknown> & { Id: string; IsDeleted: boolean };
type Answer = { id?: string; success: boolean; errors: { statusCode: string; message: string; fields: string[] }[] };

export class FakeOrg implements HttpCaller {
  readonly rows = new Map<string, StoredRow>();
  /** `PATCH write rows 2`: method, call and number of rows. */
  readonly calls: string[] = [];
  /** Executed instead of the next calls, in order; `null` lets a call through. */
  readonly faults: ((() => unknown) | 'lost_answer' | null)[] = [];
  /** Row errors by record name, each used once. */
  readonly rowErrors = new Map<string, string[]>();
  /** The fields of the guard are there, and the org counts saves and judges bases. */
  isGuarded = false;
  /** Called before each call is executed. */
  beforeCall: (call: HttpCall) => void = () => undefined;
  asOf = Date.parse('2026-05-01T12:00:00Z');
  #made = 0;

  add(fields: Row): StoredRow {
    this.#made += 1;
    const Id = `001${String(this.#made).padStart(12, '0')}AAA`;
    const row = { Id, IsDeleted: false, SystemModstamp: '2026-05-01T10:00:00.000+0000', ...fields };
    this.rows.set(Id, row);
    return row;
  }

  async call(call: HttpCall): Promise<HttpReply> {
    if (call.kind === 'describe') return this.#reply(this.#describe());
    const body = call.body as { records?: Row[]; ids?: string[] } | undefined;
    const url = new URL(call.path, 'http://org');
    const ids = url.searchParams.get('ids')?.split(',') ?? [];
    const count = body?.records?.length ?? body?.ids?.length ?? ids.length;
    this.calls.push(`${call.method} ${call.what}${count > 0 ? ` ${count}` : ''}`);
    const fault = this.faults.shift() ?? null;
    if (typeof fault === 'function') throw fault();
    this.beforeCall(call);
    const answer =
      call.method === 'GET'
        ? this.#query(url.searchParams.get('q') ?? '')
        : call.method === 'DELETE'
          ? ids.map((id) => this.#delete(id))
          : call.method === 'POST'
            ? (body?.ids ?? []).map((id) => this.#read(id))
            : (body?.records ?? []).map((row) => this.#write(row));
    if (fault === 'lost_answer') throw unreachable('org', new Error('socket closed'));
    return this.#reply(answer);
  }

  #reply(body: unknown): HttpReply {
    return { body, asOf: this.asOf, answeredAt: this.asOf + 1000 };
  }

  #describe(): object {
    const names = this.isGuarded ? ['Sync_Rev__c', 'Sync_Base__c'] : [];
    return { name: 'Account', fields: names.map((name) => ({ name, type: 'double', updateable: true })) };
  }

  #read(id: string): Row | null {
    const row = this.rows.get(id);
    return row === undefined || row.IsDeleted ? null : { ...row };
  }

  /** A save by somebody who knows nothing of the sync. */
  edit(row: StoredRow, fields: Row): void {
    Object.assign(row, fields, { Sync_Rev__c: revisionOf(row) + 1 });
  }

  #query(soql: string): { records: Row[] } {
    const within = /WHERE (\w+) IN \(([^)]*)\)/.exec(soql);
    const after = /Id > '(\w+)'/.exec(soql)?.[1] ?? '';
    const limit = Number(/LIMIT (\d+)/.exec(soql)?.[1] ?? 1e9);
    const wanted = within?.[2]?.split(',').map((value) => value.slice(1, -1));
    const found = [...this.rows.values()]
      .filter((row) => (wanted === undefined ? !row.IsDeleted : wanted.includes(String(row[within![1]!]))))
      .filter(({ Id }) => Id > after)
      .sort((a, b) => (a.Id < b.Id ? -1 : 1));
    return { records: found.slice(0, limit).map((row) => ({ ...row })) };
  }

  #write(row: Row): Answer {
    const existing =
      row['Id'] === undefined
        ? [...this.rows.values()].find((one) => one['Sync_Id__c'] === row['Sync_Id__c'] && !one.IsDeleted)
        : this.rows.get(row['Id'] as string);
    const refusal = this.rowErrors.get(String(row['Name']))?.shift();
    if (refusal !== undefined) return refused(refusal);
    if (row['Id'] !== undefined && existing === undefined) return refused('INVALID_CROSS_REFERENCE_KEY');
    if (existing?.IsDeleted === true) return refused('ENTITY_IS_DELETED');
    if (this.isGuarded && existing !== undefined && existing['Sync_Stamp__c'] !== row['Sync_Stamp__c']) {
      if (row['Sync_Base__c'] !== revisionOf(existing))
        return refused('FIELD_CUSTOM_VALIDATION_EXCEPTION', 'CONCORD_STALE');
    }
    const target = existing ?? this.add({});
    this.edit(target, row);
    return { id: target.Id, success: true, errors: [] };
  }

  #delete(id: string): Answer {
    const row = this.rows.get(id);
    if (row === undefined || row.IsDeleted) return refused('ENTITY_IS_DELETED');
    row.IsDeleted = true;
    return { id, success: true, errors: [] };
  }
}

function revisionOf(row: StoredRow): number {
  return Number(row['Sync_Rev__c'] ?? 0);
}

function refused(statusCode: string, message = `because of ${statusCode}`): Answer {
  return { success: false, errors: [{ statusCode, message, fields: [] }] };
}
