import type { CrmRecord, ReadRequest, RecordPage } from '../../../src/sync/connector.ts';
import type { JsonRow } from '../../shared/neutral-values.ts';
import type { Call } from '../client.ts';
import type { Context } from '../context.ts';
import { findMerges } from '../deletes.ts';
import { conditionsOf, queryRows, withFreshFields } from '../query.ts';
import { type FieldPlan, planFields } from '../records.ts';
import { chunkForAddress, literalList, name, select } from '../soql.ts';
import { togetherOrAlone } from '../together.ts';

/** Ids that one retrieve takes, and retrieves that travel in one call. Source: REST API guide, sObject Collections. */
const IDS_PER_RETRIEVE = 2_000;
const RETRIEVES_PER_CALL = 5;

/**
 * Records named by id or by key, in scope or not; those that do not exist (or cannot be seen) are missing. Ids are
 * retrieved by collections, ten thousand to a call. These know neither keys, nor scopes, nor what lies behind a lookup:
 * such records are asked for by queries, each as long as an address may be.
 */
export async function* readNamed(context: Context, request: ReadRequest): AsyncIterable<RecordPage> {
  const plan = await planFields(context, request.object, request.fields);
  const isDirect =
    request.ids !== undefined &&
    request.inScope !== true &&
    plan.select.every((field) => !field.includes('.'));
  const found = new Set<string>();
  let held: CrmRecord[] | undefined;
  for await (const records of isDirect ? retrieved(context, request) : queried(context, request, plan)) {
    if (held !== undefined) yield page(held, false);
    held = records;
    if (request.tellsMerges === true) for (const { id } of records) found.add(id);
  }
  const last = page(held ?? [], true);
  if (request.tellsMerges !== true) yield last;
  else {
    const absent = idsOf(request).filter((id) => !found.has(id));
    yield { ...last, merged: await findMerges(context, request.object, absent) };
  }
}

const idShape = /^[0-9A-Za-z]{15}(?:[0-9A-Za-z]{3})?$/;

/** What is no id names no record; the platform would refuse the whole call for it. */
function idsOf({ ids = [] }: ReadRequest): string[] {
  return ids.filter((id) => idShape.test(id));
}

function page(records: CrmRecord[], last: boolean): RecordPage {
  return { records, resume: null, cursor: null, last };
}

async function* queried(context: Context, request: ReadRequest, plan: FieldPlan): AsyncIterable<CrmRecord[]> {
  const field = request.keys?.field ?? 'Id';
  const values = [...new Set(request.keys?.values ?? idsOf(request))];
  const scope = request.inScope === true ? await conditionsOf(context, request.object, request.scope) : [];
  const around = select({ object: plan.object, fields: plan.select, conditions: scope });
  const fixed = encodeURIComponent(around).length + 200;
  for (const chunk of chunkForAddress(values, fixed)) {
    request.signal?.throwIfAborted();
    yield await withFreshFields(context, request.object, async () => {
      const fresh = await planFields(context, request.object, request.fields);
      const conditions = [...scope, `${name(field)} IN (${literalList(chunk)})`];
      const found = await queryRows(context, { object: fresh.object, fields: fresh.select, conditions });
      return found.map(fresh.fromJson);
    });
  }
}

async function* retrieved(context: Context, request: ReadRequest): AsyncIterable<CrmRecord[]> {
  const ids = [...new Set(idsOf(request))];
  const perCall = IDS_PER_RETRIEVE * RETRIEVES_PER_CALL;
  for (let start = 0; start < ids.length; start += perCall) {
    request.signal?.throwIfAborted();
    const some = ids.slice(start, start + perCall);
    yield* await withFreshFields(context, request.object, async () => await retrieve(context, request, some));
  }
}

async function retrieve(
  context: Context,
  request: ReadRequest,
  ids: readonly string[],
): Promise<CrmRecord[][]> {
  const plan = await planFields(context, request.object, request.fields);
  const described = await context.metadata.object(request.object);
  const hasBin = described.fields.some((field) => field.name === 'IsDeleted');
  const fields = hasBin ? [...new Set([...plan.select, 'IsDeleted'])] : plan.select;
  const calls: Call[] = [];
  for (let start = 0; start < ids.length; start += IDS_PER_RETRIEVE) {
    calls.push({
      method: 'POST',
      path: `/composite/sobjects/${name(plan.object)}`,
      kind: 'collection',
      object: plan.object,
      repeatable: true,
      body: { ids: ids.slice(start, start + IDS_PER_RETRIEVE), fields },
    });
  }
  const answers = await togetherOrAlone<(JsonRow | null)[]>(context, calls, request.signal);
  return answers.map((answer) => {
    if (answer.fault !== undefined) throw answer.fault;
    return answer.body.flatMap((row) => (row === null || row.IsDeleted === true ? [] : [plan.fromJson(row)]));
  });
}
