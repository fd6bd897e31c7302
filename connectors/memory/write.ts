import type {
  CrmReference,
  CrmValue,
  WriteRequest,
  WriteResult,
  WriteRow,
} from '../../src/sync/connector.ts';
import type { MemoryClient } from './client.ts';
import type { MemoryFields, MemoryObject, MemoryRow } from './crm.ts';
import { refused } from './errors.ts';

/** Writes rows in calls of `rowsPerWrite`, or fewer where that is asked for. There is no bulk lane. */
export async function write(client: MemoryClient, request: WriteRequest): Promise<WriteResult[]> {
  const object = client.object(request.object);
  const results: WriteResult[] = [];
  const size = Math.min(client.rowsPerWrite, request.together ?? client.rowsPerWrite);
  for (let from = 0; from < request.rows.length; from += size) {
    request.signal?.throwIfAborted();
    const batch = request.rows.slice(from, from + size);
    await client.call('write', request.object);
    const written = batch.map((row) => writeRow(client, { object, request, row }));
    const isLost = client.crm.faults.take('lostAnswer', { object: object.name, call: 'write' }) !== undefined;
    results.push(
      ...(isLost ? written.map(({ ref }): WriteResult => ({ ref, outcome: 'unknown' })) : written),
    );
  }
  return results;
}

interface RowWrite {
  object: MemoryObject;
  request: WriteRequest;
  row: WriteRow;
}

function writeRow(client: MemoryClient, { object, request, row }: RowWrite): WriteResult {
  const { faults } = client.crm;
  const matches = matchesOf(object, request, row);
  const [found] = matches;
  if (matches.length > 1)
    return refused(row.ref, { code: 'CRM_DUPLICATE', message: `several records have ${row.key}` });
  if (request.operation === 'update' && found === undefined) {
    return refused(row.ref, { code: 'CRM_GONE', message: `${row.id} does not exist` });
  }
  if (faults.take('locked', { object: object.name }) !== undefined) {
    return refused(row.ref, { code: 'CRM_LOCKED', message: 'the record is locked' });
  }
  const fields = resolved(client, row);
  if ('outcome' in fields) return fields.outcome;
  const refusal = refusalOf(client, { object, fields: fields.values, found, ref: row.ref });
  if (refusal !== undefined) return refusal;
  if (found !== undefined && Object.keys(row.fields).length === 0)
    return { ref: row.ref, id: found.id, outcome: 'unchanged' };
  return save(client, { object, request, row }, { found, values: fields.values });
}

function matchesOf(object: MemoryObject, request: WriteRequest, row: WriteRow): MemoryRow[] {
  const live = (each: MemoryRow | undefined): each is MemoryRow =>
    each !== undefined && each.deletedAt === null;
  if (request.operation === 'update') return [object.rows.get(row.id ?? '')].filter(live);
  const key = request.keyField ?? '';
  return [...object.rows.values()].filter((each) => live(each) && each.fields[key] === row.key);
}

function save(
  client: MemoryClient,
  { object, request, row }: RowWrite,
  to: { found: MemoryRow | undefined; values: MemoryFields },
): WriteResult {
  if (to.found !== undefined) {
    client.crm.update(object.name, to.found.id, to.values, 'tierlink');
    return { ref: row.ref, id: to.found.id, outcome: 'updated' };
  }
  const keyed = {
    ...to.values,
    ...(request.keyField === undefined ? {} : { [request.keyField]: row.key ?? null }),
  };
  const [id] = client.crm.insert(object.name, [keyed], 'tierlink');
  return { ref: row.ref, ...(id === undefined ? {} : { id }), outcome: 'created' };
}

type Resolved = { values: MemoryFields } | { outcome: WriteResult };

function resolved(client: MemoryClient, row: WriteRow): Resolved {
  const values: MemoryFields = {};
  for (const [name, value] of Object.entries(row.fields)) {
    if (!isReference(value)) {
      values[name] = value === '' ? null : value;
      continue;
    }
    const target = client.crm.rows(value.object).find((each) => each.fields[value.keyField] === value.key);
    if (target === undefined) {
      const message = `${value.object} with ${value.keyField} ${value.key} was not found`;
      return { outcome: refused(row.ref, { code: 'CRM_REFERENCE', message, field: name }) };
    }
    values[name] = target.id;
  }
  return { values };
}

function isReference(value: CrmValue | CrmReference): value is CrmReference {
  return typeof value === 'object' && value !== null;
}

function refusalOf(
  client: MemoryClient,
  at: { object: MemoryObject; fields: MemoryFields; found: MemoryRow | undefined; ref: string },
): WriteResult | undefined {
  const after = { ...at.found?.fields, ...at.fields };
  for (const [name, value] of Object.entries(at.fields)) {
    const problem = fieldProblem(at.object, name, value);
    if (problem !== undefined) return refused(at.ref, { ...problem, field: name });
  }
  const missing = at.object.fields.find((field) => field.required && (after[field.name] ?? null) === null);
  if (missing !== undefined) {
    return refused(at.ref, {
      code: 'CRM_REQUIRED',
      message: `${missing.name} is required`,
      field: missing.name,
    });
  }
  const broken = at.object.rule?.(after);
  if (broken !== undefined) return refused(at.ref, { code: 'CRM_RULE', message: broken });
  const struck = client.crm.faults.take('rowError', { object: at.object.name, row: after });
  if (struck === undefined) return undefined;
  return refused(at.ref, {
    code: struck.code ?? 'CRM_RULE',
    message: struck.message ?? 'the fault rowError is on',
  });
}

function fieldProblem(
  object: MemoryObject,
  name: string,
  value: CrmValue,
): { code: string; message: string } | undefined {
  const field = object.fields.find((each) => each.name === name);
  if (field === undefined || object.hidden.has(name))
    return { code: 'CRM_FIELD_MISSING', message: `${name} does not exist` };
  if (!field.updateable) return { code: 'CRM_FIELD_READONLY', message: `${name} cannot be written` };
  if (value === null) return undefined;
  if (field.restricted && field.values?.some((each) => each.value === value) !== true) {
    return { code: 'CRM_PICKLIST', message: `${name}: ${value} is not in the list` };
  }
  if (field.length !== null && String(value).length > field.length) {
    return { code: 'CRM_TOO_LONG', message: `${name} takes ${field.length} characters` };
  }
  return undefined;
}
