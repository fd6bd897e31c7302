import { type ApiRequest, contextOf, noContent, ok, type Route } from '../api.ts';
import { findByKey, rowKey } from '../dml/key.ts';
import { createRow, updateRow, type WriteCall } from '../dml/save.ts';
import { refusals } from '../errors.ts';
import { canonicalGuid } from '../ids.ts';
import { parseResource } from '../odata/parse.ts';
import type { Row, Table } from '../types.ts';
import { callOf, requireBody } from './rows.ts';

/**
 * CreateMultiple and its kin: one transaction for all targets of a standard table, so that one bad row undoes all.
 * https://learn.microsoft.com/power-apps/developer/data-platform/bulk-operations
 */

type Target = Record<string, unknown>;
type Run = (request: ApiRequest, call: WriteCall, targets: readonly Target[]) => string[];

const prefix = 'Microsoft.Dynamics.CRM.';

const messages: Readonly<Record<string, Run>> = {
  CreateMultiple: (_request, call, targets) =>
    targets.map((target) => idOf(call.table, createRow(call, target))),
  UpdateMultiple: (request, call, targets) => targets.map((target) => updateTarget(request, call, target)),
  UpsertMultiple: (request, call, targets) => targets.map((target) => upsertTarget(request, call, target)),
};

const idOf = (table: Table, row: Row): string => String(row[table.primaryId]);

/** A target names its row by its id, or by an address with an alternate key in @odata.id. */
function targetRow(
  { org }: ApiRequest,
  { table }: WriteCall,
  target: Target,
): { row: Row | undefined; key: Target } {
  const address = target['@odata.id'];
  if (typeof address === 'string') {
    const [segment] = parseResource(address.replace(/^.*\/api\/data\/v[\d.]+\//, '').replace(/^\//, ''));
    const key = rowKey(table, segment?.arguments ?? {});
    if (key.kind === 'id')
      return { row: org.state.rows(table).get(key.id), key: { [table.primaryId]: key.id } };
    return { row: findByKey(org.state, table, key.values), key: key.values };
  }
  const id = canonicalGuid(target[table.primaryId]);
  return {
    row: id === null ? undefined : org.state.rows(table).get(id),
    key: id === null ? {} : { [table.primaryId]: id },
  };
}

function updateTarget(request: ApiRequest, call: WriteCall, target: Target): string {
  const { row, key } = targetRow(request, call, target);
  if (row === undefined) throw refusals.notFound(call.table, String(key[call.table.primaryId] ?? ''));
  return idOf(call.table, updateRow(call, row, target));
}

function upsertTarget(request: ApiRequest, call: WriteCall, target: Target): string {
  const { row, key } = targetRow(request, call, target);
  return idOf(
    call.table,
    row === undefined ? createRow(call, { ...key, ...target }) : updateRow(call, row, target),
  );
}

/** Every target says its type. */
function readTargets(request: ApiRequest, table: Table): Target[] {
  const { Targets: targets } = requireBody(request, table);
  if (!Array.isArray(targets))
    throw refusals.badPayload(table.entitySet, "The parameter 'Targets' is missing.");
  for (const target of targets as Target[]) {
    const type = String(target?.['@odata.type'] ?? '').replace(/^#/, '');
    if (type !== `${prefix}${table.logicalName}`) {
      throw refusals.badPayload(
        table.entitySet,
        `A type named '${type}' could not be resolved by the model, or the '@odata.type' of a target is missing.`,
      );
    }
  }
  return targets as Target[];
}

const multiple: Route = {
  name: 'multiple',
  fits: ({ method, segments, org }) =>
    method === 'POST' &&
    segments.length === 2 &&
    segments[0]!.arguments === null &&
    Object.hasOwn(messages, segments[1]!.name.replace(prefix, '')) &&
    org.schema.tableOfSet(segments[0]!.name) !== undefined,
  answer: (request) => {
    const table = request.org.schema.tableOfSet(request.segments[0]!.name)!;
    const name = request.segments[1]!.name.replace(prefix, '');
    if (!table.bulkMessages) throw refusals.noSegment(request.segments[1]!.name);
    const call = callOf(request, table);
    const targets = readTargets(request, table);
    const ids = request.org.state.transaction(() => messages[name]!(request, call, targets));
    if (name !== 'CreateMultiple') return noContent();
    return ok({ '@odata.context': contextOf(request, `${prefix}CreateMultipleResponse`), Ids: ids });
  },
};

export const multipleRoutes: readonly Route[] = [multiple];
