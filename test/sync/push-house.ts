import { newRecordId } from '../../src/model/record-id.ts';
import { markOutbox } from '../../src/store/mark-outbox.ts';
import type { Store } from '../../src/store/store.ts';
import { newMeter, openBudget } from '../../src/sync/budget.ts';
import type { CrmValue } from '../../src/sync/connector.ts';
import { setTierMode, setWriteBack } from '../../src/sync/links/connection-settings.ts';
import { type ObjectMapping, objectMappingSchema } from '../../src/sync/mapping/schema.ts';
import { checkConnection } from '../../src/sync/pull/connection-check.ts';
import { pushConnection } from '../../src/sync/push/connection.ts';
import type { PushRequest } from '../../src/sync/push/plan.ts';
import { ensureConnection } from '../../src/sync/records/connections.ts';
import { FakeCrm, fakeCapabilities } from './fake-crm.ts';

/** A connection with partners in it, as the push finds them after a pull and an evaluation. */

export const connection = 'north';

function mapping(name: string, contents: Record<string, unknown>): ObjectMapping {
  return { ...objectMappingSchema.parse(contents), name, file: `${name}.yaml` };
}

export const mappings: ObjectMapping[] = [
  mapping('partner', {
    object: 'Account',
    entity: 'partner',
    key: 'Our_Id',
    attributes: {
      name: { field: 'Name', direction: 'in' },
      region: { field: 'Region', direction: 'both', policy: 'newest' },
      tier: { field: 'Tier', direction: 'out' },
      tierSince: { field: 'Tier_Since', direction: 'out' },
      tierStatus: { field: 'Tier_Status', direction: 'out' },
      tierSummary: { field: 'Tier_Summary', direction: 'out' },
      tierDecision: { field: 'Tier_Decision', direction: 'out' },
    },
  }),
  mapping('kpi-period', {
    object: 'KPI_Period',
    entity: 'kpiPeriod',
    key: 'Our_Id',
    create: true,
    attributes: {
      partner: { field: 'Account', direction: 'out' },
      period: { field: 'Period', direction: 'out' },
      'kpi.revenue': { field: 'Revenue', direction: 'out' },
    },
  }),
  mapping('decision', {
    object: 'Decision',
    entity: 'decision',
    key: 'Our_Id',
    create: true,
    attributes: {
      partner: { field: 'Account', direction: 'out' },
      movement: { field: 'Movement', direction: 'out' },
      toTier: { field: 'To_Tier', direction: 'out' },
    },
  }),
  mapping('status', {
    object: 'Status',
    entity: 'connectionStatus',
    key: 'Our_Id',
    create: true,
    attributes: {
      name: { field: 'Connection', direction: 'out' },
      state: { field: 'State', direction: 'out' },
      completeTo: { field: 'Complete_To', direction: 'out' },
    },
  }),
];

export interface House {
  store: Store;
  crm: FakeCrm;
  clock: { time: number; now(): number };
  push(more?: Partial<PushRequest>): ReturnType<typeof pushConnection>;
  request(more?: Partial<PushRequest>): PushRequest;
  /** Adds a partner on both sides, as a pull leaves it. Returns our id. */
  addPartner(name: string, fields?: Record<string, CrmValue>): Promise<string>;
  /** Adds partners for which the program has decided Silver. Returns our ids. */
  addSilver(count: number): Promise<string[]>;
  /** Writes that are not done. */
  pending(): Promise<{ record_id: string; state: string; not_before: string | null }[]>;
  crmIdOf(recordId: string): Promise<string>;
  decideTier(partnerId: string, tier: string, more?: { status?: string; decision?: string }): Promise<void>;
}

/** A checked connection with write-back on that owns its tiers. */
export async function openHouse(store: Store): Promise<House> {
  const crm = new FakeCrm();
  const clock = { time: crm.now, now: () => clock.time };
  describeObjects(crm);
  await ensureConnection(store.db, { id: connection, crm: 'memory', now: clock.now() });
  await checkConnection({ store, clock, id: connection, connector: crm, objects: ['Account'] });
  const change = { store, clock, id: connection, actor: 'admin', mappings };
  await setWriteBack({ ...change, on: true });
  await setTierMode({ ...change, mode: 'owned' });
  const house: House = {
    store,
    crm,
    clock,
    request: (more = {}) => requestOf({ store, crm, clock, ...more }),
    push: (more = {}) => pushConnection(requestOf({ store, crm, clock, ...more })),
    addPartner: (name, fields = {}) => addPartner(house, name, fields),
    addSilver: async (count) => {
      const ids: string[] = [];
      for (let index = 0; index < count; index += 1) {
        const id = await house.addPartner(`Partner ${index}`);
        await house.decideTier(id, 'Silver');
        ids.push(id);
      }
      return ids;
    },
    pending: async () =>
      await store.query('select record_id, state, not_before from tierlink.pending_write order by record_id'),
    crmIdOf: async (recordId) => {
      const links = await store.query<{ crm_id: string }>(
        'select crm_id from tierlink.link where record_id = $1',
        [recordId],
      );
      return links[0]!.crm_id;
    },
    decideTier: (partnerId, tier, more = {}) => decideTier(house, { partnerId, tier, ...more }),
  };
  return house;
}

function describeObjects(crm: FakeCrm): void {
  const date = { type: 'date', length: null } as const;
  crm.describeAs('Account', {
    Name: {},
    Region: {},
    Our_Id: { key: true },
    Tier: {
      type: 'choice',
      restricted: true,
      values: ['Bronze', 'Silver', 'Gold'].map((value) => ({ value, label: value, active: true })),
    },
    Tier_Since: date,
    Tier_Status: {},
    Tier_Summary: {},
    Tier_Decision: {},
  });
  crm.describeAs('KPI_Period', {
    Our_Id: { key: true },
    Account: { type: 'reference', length: null },
    Period: {},
    Revenue: { type: 'decimal', length: null, scale: 2 },
  });
  crm.describeAs('Decision', { Our_Id: { key: true }, Account: {}, Movement: {}, To_Tier: {} });
  crm.describeAs('Status', { Our_Id: { key: true }, Connection: {}, State: {}, Complete_To: {} });
}

type RequestParts = Pick<House, 'crm'> & Pick<PushRequest, 'store' | 'clock'> & Partial<PushRequest>;

function requestOf({ crm, clock, store, ...more }: RequestParts): PushRequest {
  const meter = newMeter();
  const budget = openBudget({ db: store.db, clock, connection, limits: { dailyCalls: 1000 } });
  crm.spend = (calls, kind) => budget.inRun(meter, () => budget.spend(calls, kind));
  return {
    store,
    connector: crm,
    capabilities: fakeCapabilities,
    connection,
    mappings,
    descriptions: crm.descriptions,
    program: {
      name: 'starter',
      ladders: ['main'],
      ladderName: (ladder) => ladder,
      tierName: (_ladder, tier) => tier,
    },
    transform: { timeZone: 'Europe/Stockholm', currency: 'EUR' },
    clock,
    runId: 'r-000001',
    actor: 'tierlink',
    holder: 'test',
    meter,
    random: () => 0.5,
    ...more,
  };
}

async function addPartner(house: House, name: string, fields: Record<string, CrmValue>): Promise<string> {
  const { store, crm } = house;
  const all = {
    Name: name,
    Region: null,
    Our_Id: null,
    Tier: null,
    Tier_Since: null,
    Tier_Status: null,
    Tier_Summary: null,
    Tier_Decision: null,
    ...fields,
  };
  const crmId = crm.add('Account', all);
  const id = newRecordId('partner', connection, 'Account', crmId);
  const at = new Date(house.clock.now()).toISOString();
  const base = {
    region: all.Region,
    tier: all.Tier,
    tierSince: all.Tier_Since,
    tierStatus: all.Tier_Status,
    tierSummary: all.Tier_Summary,
    tierDecision: all.Tier_Decision,
  };
  await store.query('insert into tierlink.partner (id, name, region) values ($1, $2, $3)', [
    id,
    name,
    all.Region,
  ]);
  await store.query(
    `insert into tierlink.link (connection, object, crm_id, entity, record_id, state, base, seen_at, linked_at, changed_at)
     values ($1, 'Account', $2, 'partner', $3, 'live', $4, $5, $5, $5)`,
    [connection, crmId, id, JSON.stringify(base), at],
  );
  return id;
}

async function decideTier(
  house: House,
  {
    partnerId,
    tier,
    status,
    decision,
  }: { partnerId: string; tier: string; status?: string; decision?: string },
): Promise<void> {
  const { store } = house;
  const at = new Date(house.clock.now()).toISOString();
  const decisionId = decision ?? `dec_${partnerId.slice(4)}_${tier}`;
  await store.query(
    `insert into tierlink.tier_state (id, program, ladder, partner_id, tier, since, status, mode, summary, decision_id,
       changed_at)
     values ('mbr_' || substr($1, 5), 'starter', 'main', $1, $2, '2026-03-01', $3, 'owned', 'Certified people are missing for the next tier.', $4,
       $5)
     on conflict (program, ladder, partner_id) do update set tier = excluded.tier, status = excluded.status,
       decision_id = excluded.decision_id`,
    [partnerId, tier, status ?? 'keeps', decisionId, at],
  );
  await store.query(
    `insert into tierlink.decision (id, program, program_version, ladder, partner_id, decided_at, effective_on, movement,
       to_tier, status, summary, evidence, mode)
     values ($1, 'starter', '1', 'main', $2, $4, '2026-03-01', 'promote', $3, 'keeps', 'Earned.', '{}', 'owned')
     on conflict do nothing`,
    [decisionId, partnerId, tier, at],
  );
  await store.transaction(async (tx) => {
    await markOutbox(tx, { entity: 'partner', recordIds: [partnerId], now: at });
    await markOutbox(tx, { entity: 'decision', recordIds: [decisionId], now: at });
  });
}
