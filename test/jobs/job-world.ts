import type { App, AppConnection } from '../../src/app.ts';
import { loadConfig } from '../../src/config.ts';
import { silentLogger } from '../../src/model/logger.ts';
import { projectSchema } from '../../src/project.ts';
import type { Store } from '../../src/store/store.ts';
import type { JobWorld } from '../contract/job.ts';
import { type Lifetime, mortalConnector, mortalStore } from '../sync/dying.ts';
import type { PassHouse } from '../sync/pass-house.ts';

/** The application around a small org in memory. */
export function appOf(store: Store, house: PassHouse, connection: AppConnection = appConnection(house)): App {
  const project = {
    ...projectSchema.parse({
      program: 'small.yaml',
      connections: { north: { crm: 'memory', mappings: 'm' } },
    }),
    folder: '/nowhere',
    file: '/nowhere/tierlink.yaml',
  };
  return {
    config: loadConfig({ TIERLINK_PROJECT: '/nowhere' }),
    project,
    store,
    clock: house.clock,
    logger: silentLogger,
    program: house.engine.program,
    connections: [connection],
    connection: () => connection,
    close: async () => {},
  };
}

function appConnection(house: PassHouse): AppConnection {
  const settings = { crm: 'memory', mappings: 'm', options: {}, dailyCalls: 10_000 };
  return { ...house.connection, settings } as AppConnection;
}

/**
 * The state that a job leaves: everything but run rows, when things happened, and how the connection was last found to
 * be doing, which every run says anew.
 */
const queries: Record<string, string> = {
  connection: 'select id, pinned_org_id, write_back, tier_mode from tierlink.connection',
  feeds: 'select object, entity, records, frozen_reason from tierlink.feed order by 1, 2',
  links: 'select object, entity, record_id, state, keyed from tierlink.link order by 1, 2, 3',
  partners: 'select id, name, phone, in_scope, deleted_at is null as lives from tierlink.partner order by id',
  deals: 'select id, amount, is_won, close_on from tierlink.deal order by id',
  values: 'select partner_id, kpi, state, numerator from tierlink.kpi_value order by 1, 2',
  periods: 'select partner_id, period, figures from tierlink.kpi_period order by 1, 2',
  tiers: 'select partner_id, tier, since, status, summary, decision_id from tierlink.tier_state order by 1',
  decisions: 'select id, movement, from_tier, to_tier, mode from tierlink.decision order by id',
  pending: 'select object, record_id, state from tierlink.pending_write order by 1, 2',
  outbox: 'select entity, record_id from tierlink.outbox order by 1, 2',
  comparisons: 'select entity, record_id from tierlink.comparison order by 1, 2',
  dirty: 'select partner_id, entity from tierlink.dirty_partner order by 1, 2',
  rejects: 'select object, crm_id, attribute, code from tierlink.reject order by 1, 2, 3',
  differences: 'select object, crm_id, attribute, kind from tierlink.difference order by 1, 2, 3',
  written: `select object, record_id, action, after from tierlink.audit
    where action in ('create', 'update') and object <> 'Status' order by object, record_id, after::text`,
  findings: `select value->'findings' as findings from tierlink.setting where key like 'metadata:%'`,
  alerts: 'select key, state, closed_at is null as lasts from tierlink.alert order by key',
  verified: 'select object, entity, state, reason from tierlink.verification order by 1, 2',
  months: `select object, entity, month, counted, linked, aside, theirs, ours from tierlink.verification_month order by 1, 2, 3`,
  mismatches:
    'select object, entity, crm_id, cause, settled, month from tierlink.mismatch order by 1, 2, 3, 4',
  coverage: 'select count(*)::integer as entries from tierlink.coverage where to_at < now()',
};

export function jobWorld(store: Store, house: PassHouse): JobWorld {
  return {
    app: (life: Lifetime) => {
      const connector = mortalConnector(house.connection.connector(), life);
      const connection = { ...appConnection(house), connector: () => connector };
      return appOf(mortalStore(store, life), house, connection);
    },
    state: async () => {
      const rows: Record<string, unknown> = {};
      for (const [name, sql] of Object.entries(queries)) rows[name] = await store.query(sql);
      return { ...rows, crm: crmState(house) };
    },
  };
}

function crmState(house: PassHouse): Record<string, unknown> {
  const byKey = (a: Record<string, unknown>, b: Record<string, unknown>) =>
    String(a.Our_Id ?? a.Name) < String(b.Our_Id ?? b.Name) ? -1 : 1;
  return Object.fromEntries(
    ['Account', 'KPI_Period', 'Decision'].map((object) => [object, house.records(object).sort(byKey)]),
  );
}
