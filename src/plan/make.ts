import { createHash } from 'node:crypto';
import { TierlinkError } from '../errors.ts';
import { instantOf } from '../model/clock.ts';
import { type EntityName, entities } from '../model/entities.ts';
import type { MismatchCause } from '../model/mismatch-causes.ts';
import type { Executor } from '../store/store.ts';
import type { Engine, PassConnection } from '../sync/engine.ts';
import { planMapping } from '../sync/mapping/plan.ts';
import { type ConnectionPass, type Rehearsed, runPass } from '../sync/pass/pass.ts';
import { loadConnection } from '../sync/records/connections.ts';
import { recordNames } from '../sync/records/record-names.ts';
import type { RunResult } from '../sync/records/runs.ts';
import { itemsOfCause } from './cause.ts';
import { collectItems } from './collect.ts';
import { withId } from './file.ts';
import type { Plan, PlanHead, PlanItem, PlannedConnection } from './item.ts';
import { withParents } from './parents.ts';
import { stamped } from './stamps.ts';

/** Which part of what differs a plan is about; nothing given means all. */
export interface PlanFilter {
  object?: string | undefined;
  /** Our id of a partner: its record, and the records that belong to it. */
  partner?: string | undefined;
  kind?: string | undefined;
  /** Records that the last verification found with this cause, and what follows from them. */
  cause?: MismatchCause | undefined;
}

export interface PlanRequest {
  engine: Engine;
  connections: readonly PassConnection[];
  configured: readonly PassConnection[];
  filter?: PlanFilter | undefined;
  /** Whether both sides are compared completely, or only what changed since the last pass. (Default: true) */
  full?: boolean | undefined;
  /** Whether each item gets the CRM's own stamp, by a look at its record. (Default: true) */
  stamps?: boolean | undefined;
}

/** How long a plan may lie, ms. */
export const validMs = 24 * 3_600_000;

/**
 * Compares both sides and says what differs, as a plan that can be looked at, chosen in and applied. It is the pass itself,
 * rehearsed (see runPass): nothing is kept and nothing is written. Whatever the filter, everything is compared and computed,
 * because a tier rests on all of it. A connection that could not be read to its end makes no plan: its error is thrown.
 */
export async function makePlan(request: PlanRequest): Promise<RunResult<Plan>> {
  const { engine, connections, filter, full = true } = request;
  return await rehearsedPlan({ ...request, full }, 'sync', async ({ rehearsed, known, began }) => {
    const collecting = { executor: engine.store, program: engine.program, connections, rehearsed, known };
    const all = await collectItems({ ...collecting, began: instantOf(began) });
    const items = filtered(all, filter);
    if (filter?.cause === undefined) return withParents(all, items);
    const of = { cause: filter.cause, connections: connections.map(({ alias }) => alias) };
    return withParents(all, await itemsOfCause(engine.store, items, of));
  });
}

/** What a plan is made of, at the end of its rehearsal. */
export interface Rehearsal {
  rehearsed: Rehearsed;
  /** Feeds that had been read to their end before. */
  known: ReadonlySet<string>;
  /** When it began, epoch ms. */
  began: number;
}

/** Rehearses a pass and makes a plan of the items that are found at its end, with the CRM's own stamps on them. */
export async function rehearsedPlan(
  request: PlanRequest,
  kind: PlanHead['kind'],
  itemsOf: (rehearsal: Rehearsal) => Promise<PlanItem[]>,
  undoes: string | null = null,
): Promise<RunResult<Plan>> {
  const { engine, connections, configured, full, stamps = true } = request;
  const known = await readFeeds(engine.store);
  const began = engine.clock.now();
  let made: Plan | undefined;
  const run = await runPass({
    engine,
    connections,
    configured,
    full,
    dryRun: true,
    kind: 'plan',
    onRehearsed: async (rehearsed) => {
      for (const pass of rehearsed.connections) requireWhole(pass);
      const rehearsal = { rehearsed, known, began };
      const found = await itemsOf(rehearsal);
      const items = stamps ? await stamped(found, connections, engine.signal) : found;
      made = withId({ ...(await headOf(request, rehearsal, items)), kind, undoes }, items);
    },
  });
  return { ...run, value: made };
}

/** Throws what stopped a connection: a plan of what was read in part would call the rest equal. */
function requireWhole({ connection, error, pull, preview }: ConnectionPass): void {
  if (error !== null) throw error;
  const problem = pull?.problems[0];
  if (problem !== undefined) throw problem.error;
  const busy = [...(pull?.skipped ?? []), ...(preview?.skipped ?? [])];
  if (pull === null || busy.length > 0)
    throw new TierlinkError('PLAN_PARTIAL', {
      connection,
      reason: pull === null ? 'it is paused' : `another run is at work on ${busy.join(', ')}`,
    });
}

/** What was read to its end before, as `connection object entity`. */
async function readFeeds(executor: Executor): Promise<Set<string>> {
  const rows = await executor.query<{ feed: string }>(
    `select connection || ' ' || object || ' ' || entity as feed from tierlink.feed where complete_to is not null`,
  );
  return new Set(rows.map(({ feed }) => feed));
}

async function headOf(
  { engine, connections, filter = {} }: PlanRequest,
  { rehearsed, known, began }: Rehearsal,
  items: readonly PlanItem[],
): Promise<Omit<PlanHead, 'id' | 'items' | 'kind' | 'undoes'>> {
  const { name, version, hash } = engine.program;
  const shown: PlannedConnection[] = [];
  for (const connection of connections) {
    const pass = rehearsed.connections.find((each) => each.connection === connection.alias)!;
    shown.push({ ...(await connectionOf(engine, connection, pass)), loads: loadsOf(pass, known) });
  }
  return {
    tierlinkPlan: 1,
    madeAt: instantOf(began),
    madeBy: engine.actor,
    validUntil: instantOf(began + validMs),
    run: rehearsed.runId,
    program: { name, version, hash },
    connections: shown,
    filter: {
      connection: connections.length === 1 ? connections[0]!.alias : null,
      object: filter.object ?? null,
      partner: filter.partner ?? null,
      kind: filter.kind ?? null,
      cause: filter.cause ?? null,
    },
    partners: await partnersNamed(engine.store, items),
  };
}

/** What a plan notes of a connection, so that it is for no other org and no other mappings. */
export function orgAndMappings(
  connection: PassConnection,
  record: Awaited<ReturnType<typeof loadConnection>>,
): Pick<PlannedConnection, 'alias' | 'crm' | 'orgId' | 'orgName' | 'orgKind' | 'mappings'> {
  return {
    alias: connection.alias,
    crm: record.crm,
    orgId: record.org_id ?? '',
    orgName: record.org_name,
    orgKind: record.org_kind,
    mappings: mappingsHash(connection),
  };
}

async function connectionOf(
  { store }: Engine,
  connection: PassConnection,
  { pull, preview }: ConnectionPass,
): Promise<Omit<PlannedConnection, 'loads'>> {
  const record = await loadConnection(store.db, connection.alias);
  const counts = (pull?.objects ?? []).flatMap((each) => Object.values(each.counts));
  return {
    ...orgAndMappings(connection, record),
    writeBack: preview?.isOn ?? false,
    compared: counts.reduce((sum, { read }) => sum + read, 0),
    unchanged: counts.reduce((sum, { unchanged }) => sum + unchanged, 0),
    calls: preview?.calls ?? 0,
  };
}

/** What the program makes comes from here, also where the CRM was never asked for it. */
function loadsOf(
  { connection, pull }: ConnectionPass,
  known: ReadonlySet<string>,
): PlannedConnection['loads'] {
  return (pull?.objects ?? []).flatMap(({ object, counts }) =>
    Object.entries(counts)
      .map(([entity, { read }]) => ({ object, entity: entity as EntityName, records: read }))
      .filter(({ records }) => records > 0)
      .filter(
        ({ entity }) => entities[entity].origin === 'crm' && !known.has(`${connection} ${object} ${entity}`),
      ),
  );
}

export async function partnersNamed(
  executor: Executor,
  items: readonly PlanItem[],
): Promise<PlanHead['partners']> {
  const ids = [...new Set(items.flatMap(({ partners }) => partners))];
  const names = await recordNames(executor, 'partner', ids);
  return ids
    .map((id) => ({ id, name: names.get(id) ?? null }))
    .sort((one, other) =>
      (one.name ?? one.id).toLowerCase() < (other.name ?? other.id).toLowerCase() ? -1 : 1,
    );
}

/** Identifies what the mappings of a connection say. */
export function mappingsHash(connection: Pick<PassConnection, 'mappings'>): string {
  const hashes = connection
    .mappings()
    .map((mapping) => `${mapping.name} ${planMapping(mapping).hash} ${JSON.stringify(mapping.attributes)}`);
  return createHash('sha256').update(hashes.sort().join('\n')).digest('hex');
}

function filtered(items: readonly PlanItem[], filter: PlanFilter = {}): PlanItem[] {
  const { object, partner, kind } = filter;
  return items.filter(
    (item) =>
      (object === undefined || ('object' in item && item.object === object)) &&
      (partner === undefined || item.partners.includes(partner)) &&
      (kind === undefined || item.kind === kind),
  );
}
