import { TierlinkError } from '../../src/errors.ts';
import type {
  ChangePage,
  ChangesRequest,
  Connector,
  CrmRecord,
  CrmValue,
  ReadRequest,
  RecordPage,
  Scope,
} from '../../src/sync/connector.ts';
import type { FieldDescription, ObjectDescription } from '../../src/sync/crm-description.ts';
import { describedField } from './described-field.ts';

interface Stored {
  record: CrmRecord;
  isDeleted: boolean;
  isHidden: boolean;
}

interface LogEntry {
  seq: number;
  object: string;
  id: string;
  kind: 'changed' | 'deleted' | 'merged';
  winner?: string;
}

/** Fields of an object in a fake CRM, by name: their type, or the objects that a lookup points to. */
export type FakeFields = Record<string, FieldDescription['type'] | string[]>;

/**
 * A CRM in memory for tests of pulling: people edit, delete, merge and hide records; the connector reads pages of a chosen
 * size. Faults are switched on by the test.
 */
export class FakeCrm {
  readonly objects = new Map<string, Map<string, Stored>>();
  readonly calls: Record<string, number> = {};
  private readonly fields = new Map<string, FakeFields>();
  private readonly log: LogEntry[] = [];
  private stamp = Date.parse('2026-01-01T00:00:00.000Z');
  /** Who changes records. */
  user = 'Somebody';
  pageSize = 3;
  /** Changes up to this number are no longer kept. */
  forgottenTo = 0;
  /** Throws after so many pages, once. */
  failAfterPages: number | null = null;
  seesAll: boolean | null = true;
  tracksChanges = true;

  define(object: string, fields: FakeFields): this {
    this.objects.set(object, this.objects.get(object) ?? new Map());
    this.fields.set(object, fields);
    return this;
  }

  /** Makes or changes a record; a record that was deleted comes back. Fields given as undefined become unreadable. */
  put(object: string, id: string, fields: Record<string, CrmValue | undefined>): void {
    const table = this.objects.get(object)!;
    const merged: Record<string, CrmValue> = { ...table.get(id)?.record.fields };
    for (const [name, value] of Object.entries(fields)) {
      if (value === undefined) delete merged[name];
      else merged[name] = value;
    }
    table.set(id, { record: this.stamped(id, merged), isDeleted: false, isHidden: false });
    this.note(object, id, 'changed');
  }

  /** Changes a record without any trace in the change stream. */
  putSilently(object: string, id: string, fields: Record<string, CrmValue>): void {
    this.put(object, id, fields);
    this.log.pop();
  }

  remove(object: string, id: string, options: { silently?: boolean } = {}): void {
    this.objects.get(object)!.get(id)!.isDeleted = true;
    if (options.silently !== true) this.note(object, id, 'deleted');
  }

  merge(object: string, loser: string, winner: string): void {
    this.objects.get(object)!.get(loser)!.isDeleted = true;
    this.log.push({ seq: this.log.length + 1, object, id: loser, kind: 'merged', winner });
    this.put(object, winner, {});
  }

  hide(object: string, ids: readonly string[], isHidden = true): void {
    for (const id of ids) this.objects.get(object)!.get(id)!.isHidden = isHidden;
  }

  forgetChanges(): void {
    this.forgottenTo = this.log.length + 1;
  }

  connector(): Connector {
    return {
      check: async (objects) => {
        this.called('check');
        return {
          orgId: 'org-1',
          orgName: 'Fake',
          orgKind: 'simulator',
          orgKindLabel: 'FAKE',
          userId: 'u',
          userName: 'user',
          timeZone: 'UTC',
          currency: 'EUR',
          clockSkewMs: 0,
          apiVersion: '1',
          objects: objects.map((object) => ({
            object,
            readable: true,
            seesAll: this.seesAll,
            editsAll: true,
            creatable: true,
            updatable: true,
          })),
        };
      },
      describe: async (objects) => {
        this.called('describe');
        return objects.filter((object) => this.fields.has(object)).map((object) => this.description(object));
      },
      count: async (requests) =>
        requests.map(({ object, scope }) => {
          this.called('count');
          return this.visible(object).filter((record) => matches(record, scope)).length;
        }),
      read: (request) => this.read(request),
      changes: (requests) => requests.map((request) => this.changes(request)),
      write: async () => {
        throw new Error('the fake CRM takes no writes');
      },
      recordUrl: (object, id) => `fake://${object}/${id}`,
      limits: async () => ({ used: null, max: null, resetsAt: null }),
    };
  }

  description(object: string): ObjectDescription {
    const fields = Object.entries(this.fields.get(object) ?? {}).map(([name, type]) =>
      describedField(
        name,
        Array.isArray(type) ? { type: 'reference', references: type } : { type, references: [] },
      ),
    );
    return {
      name: object,
      label: object,
      tracksChanges: this.tracksChanges,
      createable: true,
      updateable: true,
      fields,
      recordTypes: [],
    };
  }

  private async *read(request: ReadRequest): AsyncGenerator<RecordPage> {
    const named = request.ids === undefined ? undefined : new Set(request.ids);
    const all = this.visible(request.object)
      .filter((record) => named === undefined || named.has(record.id))
      .filter((record) => (named !== undefined && !request.inScope) || matches(record, request.scope))
      .filter((record) => request.resume === undefined || record.id > String(request.resume))
      .sort((left, right) => (left.id < right.id ? -1 : 1));
    const cursor = { seq: this.log.length };
    for (let start = 0; start === 0 || start < all.length; start += this.pageSize) {
      this.called('read');
      this.failWhenAsked();
      const records = all.slice(start, start + this.pageSize).map((record) => only(record, request.fields));
      const last = start + this.pageSize >= all.length;
      const merged = last && request.tellsMerges === true ? { merged: this.mergesOf(request) } : {};
      yield { records, ...merged, resume: records.at(-1)?.id ?? request.resume, cursor, last };
    }
  }

  private mergesOf({ object, ids = [] }: ReadRequest): ChangePage['merged'] {
    const merges = this.log.filter((entry) => entry.object === object && entry.kind === 'merged');
    return merges
      .filter(({ id }) => ids.includes(id))
      .map(({ id, winner }) => ({ loser: id, winner: winner! }));
  }

  private async *changes(request: ChangesRequest): AsyncGenerator<ChangePage> {
    const from = (request.cursor as { seq: number }).seq;
    if (from < this.forgottenTo - 1) {
      throw new TierlinkError('CRM_CURSOR_EXPIRED', {
        object: request.object,
        since: from,
        connection: 'fake',
      });
    }
    const entries = this.log.slice(from).filter((entry) => entry.object === request.object);
    for (let start = 0; start === 0 || start < entries.length; start += this.pageSize) {
      this.called('changes');
      this.failWhenAsked();
      const part = entries.slice(start, start + this.pageSize);
      const last = start + this.pageSize >= entries.length;
      const seq = last ? this.log.length : part.at(-1)!.seq;
      yield { ...this.changePage(request, part), cursor: { seq }, last };
    }
  }

  private changePage(
    request: ChangesRequest,
    part: readonly LogEntry[],
  ): Omit<ChangePage, 'cursor' | 'last'> {
    const table = this.objects.get(request.object)!;
    const ids = [...new Set(part.filter((entry) => entry.kind === 'changed').map((entry) => entry.id))];
    const changed = ids
      .map((id) => table.get(id)!)
      .filter((stored) => !stored.isDeleted && !stored.isHidden)
      .map(({ record }) => ({
        ...only(record, request.fields),
        scopes: request.scopes.filter((scope) => matches(record, scope)).map((scope) => scope.name),
      }));
    const deleted = part
      .filter((entry) => entry.kind === 'deleted' && table.get(entry.id)!.isDeleted)
      .map((entry) => ({ id: entry.id, at: this.time() }));
    const merged = part
      .filter((entry) => entry.kind === 'merged')
      .map((entry) => ({ loser: entry.id, winner: entry.winner! }));
    return { changed, deleted, merged, covered: { from: '2026-01-01T00:00:00.000Z', to: this.time() } };
  }

  private visible(object: string): CrmRecord[] {
    return [...this.objects.get(object)!.values()]
      .filter((stored) => !stored.isDeleted && !stored.isHidden)
      .map((stored) => stored.record);
  }

  private stamped(id: string, fields: Record<string, CrmValue>): CrmRecord {
    this.stamp += 1000;
    const createdAt = '2026-01-01T00:00:00.000Z';
    return { id, modifiedAt: this.time(), createdAt, fields, modifiedBy: this.user };
  }

  private time(): string {
    return new Date(this.stamp).toISOString();
  }

  private note(object: string, id: string, kind: LogEntry['kind']): void {
    this.log.push({ seq: this.log.length + 1, object, id, kind });
  }

  private called(name: string): void {
    this.calls[name] = (this.calls[name] ?? 0) + 1;
  }

  private failWhenAsked(): void {
    if (this.failAfterPages === null) return;
    this.failAfterPages -= 1;
    if (this.failAfterPages >= 0) return;
    this.failAfterPages = null;
    throw new TierlinkError('CRM_UNREACHABLE', { connection: 'fake', reason: 'cut off' });
  }
}

function only(record: CrmRecord, fields: readonly string[]): CrmRecord {
  const kept = fields.filter((field) => Object.hasOwn(record.fields, field));
  return { ...record, fields: Object.fromEntries(kept.map((field) => [field, record.fields[field]!])) };
}

function matches(record: CrmRecord, scope: Scope): boolean {
  return Object.entries(scope.where ?? {}).every(([field, values]) =>
    values.includes(record.fields[field] ?? null),
  );
}
