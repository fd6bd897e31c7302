import { TierlinkError } from '../../src/errors.ts';
import type {
  ChangePage,
  ChangesRequest,
  Connector,
  CountRequest,
  CrmRecord,
  CrmValue,
  ReadRequest,
  RecordPage,
  WriteRequest,
  WriteResult,
  WriteRow,
} from '../../src/sync/connector.ts';
import type { Capabilities } from '../../src/sync/connector-manifest.ts';
import type { ConnectionFacts, FieldDescription, ObjectDescription } from '../../src/sync/crm-description.ts';
import { describedField } from '../services/described-field.ts';

/** What the fake does to one row instead of writing it. */
export type RowFault = 'lostAnswer' | 'collateral' | Extract<WriteResult, { outcome: 'rejected' }>;

export const fakeCapabilities: Capabilities = {
  bulkWriteFrom: 50,
  rowsPerWrite: 10,
  upsert: true,
  reportsDeletes: true,
  reads: { rowsPerCall: 1_000, idsPerCall: 1_000, bulk: null },
  users: null,
};

/** The smallest CRM that the push can be tested against: objects of records, faults on demand, a log of writes. */
export class FakeCrm implements Connector {
  readonly objects = new Map<string, Map<string, CrmRecord>>();
  readonly descriptions = new Map<string, ObjectDescription>();
  /** Every row that changed something, in order. */
  readonly writes: { object: string; id: string; fields: WriteRow['fields'] }[] = [];
  /** Calls of write(), with what they carried. */
  readonly calls: WriteRequest[] = [];
  facts: Partial<ConnectionFacts> = {};
  now = Date.parse('2026-03-02T10:00:00.000Z');
  spend: (calls: number, kind: string) => Promise<void> = async () => {};
  /** Decides about each row before it is written. */
  fault: (row: WriteRow, object: string) => RowFault | undefined = () => undefined;
  /** Rows at which the CRM meets an error of its own, for which it undoes all that came in the same call. */
  breaksAt: (row: WriteRow) => boolean = () => false;
  /** Ids that sharing hides: they cannot be read, changed or created once more. */
  readonly hidden = new Set<string>();
  /** Thrown by the next write, before or after its rows were taken. */
  failure: { error: Error; when: 'before' | 'after' } | undefined;
  /** Bulk jobs that were made, by id, with the results that are still to be fetched. */
  readonly jobs = new Map<string, WriteResult[]>();
  /** More rows than this go as a bulk job. */
  bulkFrom = fakeCapabilities.bulkWriteFrom ?? Number.POSITIVE_INFINITY;
  #nextId = 1;

  add(object: string, fields: Record<string, CrmValue>, id = this.#newId()): string {
    this.#table(object).set(id, this.#record(id, fields));
    return id;
  }

  edit(object: string, id: string, fields: Record<string, CrmValue>): void {
    const record = this.#table(object).get(id)!;
    this.#table(object).set(id, this.#record(id, { ...record.fields, ...fields }, 'a person'));
  }

  remove(object: string, id: string): void {
    this.#table(object).delete(id);
  }

  get(object: string, id: string): Record<string, CrmValue> {
    return this.#table(object).get(id)?.fields ?? {};
  }

  all(object: string): Record<string, CrmValue>[] {
    return [...this.#table(object).values()].map((record) => record.fields);
  }

  /** Describes an object; fields are texts unless more is said. */
  describeAs(name: string, fields: Record<string, Partial<FieldDescription>>): void {
    this.descriptions.set(name, {
      name,
      label: name,
      tracksChanges: true,
      createable: true,
      updateable: true,
      recordTypes: [],
      fields: Object.entries(fields).map(([field, more]) => describedField(field, { length: 255, ...more })),
    });
  }

  async check(objects: readonly string[]): Promise<ConnectionFacts> {
    await this.spend(1, 'check');
    return {
      orgId: 'org-1',
      orgName: 'Example Ltd',
      orgKind: 'test',
      orgKindLabel: 'SANDBOX',
      userId: 'u1',
      userName: 'integration@example.test',
      timeZone: 'Europe/Stockholm',
      currency: 'EUR',
      clockSkewMs: 0,
      apiVersion: '1',
      objects: objects.map((object) => ({
        object,
        readable: true,
        seesAll: true,
        editsAll: true,
        creatable: true,
        updatable: true,
      })),
      ...this.facts,
    };
  }

  async describe(objects: readonly string[]): Promise<ObjectDescription[]> {
    await this.spend(1, 'describe');
    return objects.flatMap((object) => this.descriptions.get(object) ?? []);
  }

  async count(requests: readonly CountRequest[]): Promise<number[]> {
    return requests.map(() => 0);
  }

  async *read(request: ReadRequest): AsyncIterable<RecordPage> {
    await this.spend(1, 'read');
    const all = [...this.#table(request.object).values()];
    const seen = all.filter(({ id }) => !this.hidden.has(id));
    const records = seen.filter((record) => {
      if (request.ids !== undefined) return request.ids.includes(record.id);
      if (request.keys === undefined) return true;
      return request.keys.values.includes(String(record.fields[request.keys.field]));
    });
    yield { records, resume: null, cursor: null, last: true };
  }

  changes(requests: readonly ChangesRequest[]): AsyncIterable<ChangePage>[] {
    return requests.map(() => this.#nothing());
  }

  async *#nothing(): AsyncIterable<ChangePage> {
    await this.spend(1, 'changes');
    const at = new Date(this.now).toISOString();
    yield { changed: [], deleted: [], merged: [], cursor: null, covered: { from: at, to: at }, last: true };
  }

  async write(request: WriteRequest): Promise<WriteResult[]> {
    this.calls.push(request);
    await this.spend(Math.ceil(request.rows.length / fakeCapabilities.rowsPerWrite), 'write');
    const { failure } = this;
    if (failure?.when === 'before') return this.#fail(failure.error);
    if (request.bulk !== undefined) return this.jobs.get(request.bulk) ?? [];
    const isBulk = request.rows.length > this.bulkFrom;
    const job = `job-${this.jobs.size + 1}`;
    const refs = request.rows.map((row) => row.ref);
    if (isBulk) await request.onBulkJob?.(job, refs);
    const results = this.#callsOf(request).flatMap((rows) => this.#writeCall(request, rows));
    if (isBulk) this.jobs.set(job, results);
    if (failure !== undefined) return this.#fail(failure.error);
    return results;
  }

  recordUrl(object: string, id: string): string {
    return `https://crm.example.test/${object}/${id}`;
  }

  async limits() {
    return { used: null, max: null, resetsAt: null };
  }

  #fail(error: Error): never {
    this.failure = undefined;
    throw error;
  }

  #callsOf({ rows, together = fakeCapabilities.rowsPerWrite }: WriteRequest): WriteRow[][] {
    const count = Math.ceil(rows.length / together);
    return Array.from({ length: count }, (_unused, call) =>
      rows.slice(call * together, (call + 1) * together),
    );
  }

  #writeCall(request: WriteRequest, rows: readonly WriteRow[]): WriteResult[] {
    if (!rows.some((row) => this.breaksAt(row))) return rows.map((row) => this.#writeRow(request, row));
    const cause = { code: 'CRM_FAULT', vendorCode: 'V_500', message: 'a plug-in failed' } as const;
    return rows.map(({ ref }) => ({ ref, outcome: 'unknown', cause }));
  }

  #writeRow(request: WriteRequest, row: WriteRow): WriteResult {
    const fault = this.fault(row, request.object);
    if (fault === 'collateral') return refusal(row.ref, 'CRM_COLLATERAL', 'backoff');
    if (typeof fault === 'object') return { ...fault, ref: row.ref };
    const { ref } = row;
    const table = this.#table(request.object);
    const id = row.id ?? this.#idByKey(request, row) ?? this.#newId();
    const before = table.get(id);
    if (row.id !== undefined && (before === undefined || this.hidden.has(id)))
      return refusal(ref, 'CRM_GONE', 'never');
    if (this.hidden.has(id)) return refusal(ref, 'CRM_DUPLICATE', 'never');
    const key = request.keyField === undefined ? {} : { [request.keyField]: row.key ?? null };
    const fields = { ...before?.fields, ...(row.fields as Record<string, CrmValue>), ...key };
    table.set(id, this.#record(id, fields));
    this.writes.push({ object: request.object, id, fields: row.fields });
    if (fault === 'lostAnswer') return { ref, outcome: 'unknown' };
    return { ref, id, outcome: before === undefined ? 'created' : 'updated' };
  }

  #idByKey(request: WriteRequest, row: WriteRow): string | undefined {
    const all = [...this.#table(request.object).values()];
    return all.find((record) => record.fields[request.keyField ?? ''] === row.key)?.id;
  }

  #record(id: string, fields: Record<string, CrmValue>, modifiedBy = 'us'): CrmRecord {
    return { id, fields, modifiedAt: new Date(this.now).toISOString(), createdAt: null, modifiedBy };
  }

  #newId(): string {
    const id = `R${String(this.#nextId).padStart(4, '0')}`;
    this.#nextId += 1;
    return id;
  }

  #table(object: string): Map<string, CrmRecord> {
    const table = this.objects.get(object) ?? new Map<string, CrmRecord>();
    this.objects.set(object, table);
    return table;
  }
}

export function refusal(
  ref: string,
  code: 'CRM_COLLATERAL' | 'CRM_GONE' | 'CRM_RULE' | 'CRM_LOCKED' | 'CRM_PICKLIST' | 'CRM_DUPLICATE',
  retry: 'never' | 'backoff',
): Extract<WriteResult, { outcome: 'rejected' }> {
  return {
    ref,
    outcome: 'rejected',
    code,
    vendorCode: `V_${code}`,
    message: `refused: ${code}`,
    retry,
  };
}

export function unreachable(): TierlinkError {
  return new TierlinkError('CRM_UNREACHABLE', { connection: 'north', reason: 'socket hang up' });
}
