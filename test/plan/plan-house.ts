import { type Applied, type ApplyRequest, applyPlan } from '../../src/plan/apply.ts';
import { parsePlan, planText } from '../../src/plan/file.ts';
import {
  type Choice,
  isDifference,
  isWrite,
  type Plan,
  type PlannedDifference,
  type PlannedWrite,
} from '../../src/plan/item.ts';
import { makePlan, type PlanFilter } from '../../src/plan/make.ts';
import { approvePlan } from '../../src/plan/record.ts';
import { makeUndo } from '../../src/plan/undo.ts';
import type { Store } from '../../src/store/store.ts';
import type { Connector, WriteRequest } from '../../src/sync/connector.ts';
import { setTierMode } from '../../src/sync/links/connection-settings.ts';
import type { RunResult } from '../../src/sync/records/runs.ts';
import { type HouseOptions, openPassHouse, type PassHouse } from '../sync/pass-house.ts';

/** A small org in memory whose plans are made, applied and undone; what the CRM is asked to write is kept. */
export interface PlanHouse extends PassHouse {
  /** Every row that the CRM was sent, in order. */
  sent: SentRow[];
  plan(filter?: PlanFilter): Promise<Plan>;
  apply(plan: Plan, more?: Partial<ApplyRequest>): Promise<RunResult<Applied>>;
  /** With the approval that tiers which go down need. */
  approved(plan: Plan, more?: Partial<ApplyRequest>): Promise<RunResult<Applied>>;
  undo(run: string): Promise<Plan>;
}

export interface SentRow {
  object: string;
  operation: WriteRequest['operation'];
  id: string | undefined;
  key: string | undefined;
  fields: Readonly<Record<string, unknown>>;
}

/** The program owns the tiers; nothing is written but by plans. */
export async function openPlanHouse(store: Store, options: HouseOptions = {}): Promise<PlanHouse> {
  const sent: SentRow[] = [];
  const wrap = (connector: Connector) => noting(options.wrap?.(connector) ?? connector, sent);
  const house = await openPassHouse(store, { ...options, wrap });
  const { engine, connection, clock } = house;
  const configured = [connection];
  const own: PlanHouse = {
    ...house,
    sent,
    plan: async (filter) => {
      clock.time += 10_000;
      return made(await makePlan({ engine, connections: configured, configured, filter }));
    },
    apply: async (plan, more = {}) => {
      clock.time += 10_000;
      const request = { engine, file: 'it.plan', configured, confirm: new Map(), limit: 500, ...more };
      return await applyPlan({ ...request, plan: parsePlan(planText(plan), 'it.plan') });
    },
    approved: async (plan, more = {}) => {
      await approvePlan(plan, { store, clock, actor: 'admin', reason: 'Reviewed.', file: 'it.plan' });
      return await own.apply(plan, more);
    },
    undo: async (undoes) => {
      clock.time += 10_000;
      return made(await makeUndo({ engine, connections: configured, configured, undoes }));
    },
  };
  await house.pass();
  const change = { store, clock, id: connection.alias, actor: 'admin', mappings: connection.mappings() };
  await setTierMode({ ...change, mode: 'owned' });
  return own;
}

function made<T>({ value, reason, state }: RunResult<T>): T {
  if (value === undefined) throw new Error(reason ?? state);
  return value;
}

/** The connector, of which every row that it is to write is kept. */
export function noting(connector: Connector, sent: SentRow[]): Connector {
  return {
    ...boundTo(connector),
    write: (request) => {
      for (const { id, key, fields } of request.rows)
        sent.push({ object: request.object, operation: request.operation, id, key, fields });
      return connector.write(request);
    },
  };
}

/** A connector of which single calls can be replaced. */
export function boundTo(connector: Connector): Connector {
  return {
    check: (objects) => connector.check(objects),
    describe: (objects) => connector.describe(objects),
    count: (requests) => connector.count(requests),
    read: (request) => connector.read(request),
    changes: (requests) => connector.changes(requests),
    write: (request) => connector.write(request),
    recordUrl: (object, id) => connector.recordUrl(object, id),
    limits: () => connector.limits(),
  };
}

export function writesOf({ items }: Plan): PlannedWrite[] {
  return items.filter(isWrite);
}

/** The plan with other choices; null leaves a field as it is. */
export function choose(
  plan: Plan,
  decide: (attribute: string, item: PlannedWrite | PlannedDifference) => Choice | null,
): Plan {
  const items = plan.items.map((item) => {
    if (isDifference(item)) return { ...item, choice: decide(item.attribute, item) ?? item.choice };
    if (!isWrite(item)) return item;
    const changes = item.changes.map((change) => ({
      ...change,
      choice: decide(change.attribute, item) ?? change.choice,
    }));
    return { ...item, changes };
  });
  return { ...plan, items };
}
