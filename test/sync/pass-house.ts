import { createMemoryCrm, type MemoryCrm, memoryManifest } from '../../connectors/memory/index.ts';
import { silentLogger } from '../../src/model/logger.ts';
import { type Program, parseProgram } from '../../src/program/load.ts';
import type { Store } from '../../src/store/store.ts';
import { openBudget } from '../../src/sync/budget.ts';
import type { Connector } from '../../src/sync/connector.ts';
import type { Engine, PassConnection } from '../../src/sync/engine.ts';
import { setTierMode, setWriteBack } from '../../src/sync/links/connection-settings.ts';
import { type ObjectMapping, objectMappingSchema } from '../../src/sync/mapping/schema.ts';
import { type PassOptions, type PassResult, runPass } from '../../src/sync/pass/pass.ts';
import { ensureConnection, pinnedOrg } from '../../src/sync/records/connections.ts';
import type { RunResult } from '../../src/sync/records/runs.ts';

/** A small org in memory, a small program, and everything that a pass needs in between. */

export const smallProgramText = `
name: small
title: Small program
version: "1"
validFrom: 2020-01-01
timeZone: UTC
period: quarter
currency: { code: USD }
freshness: { default: 3 days }
partnerTypes: [{ key: reseller, label: Reseller }]
kpis:
  revenue:
    label: Revenue
    help: Value of the deals won in the last 12 months.
    unit: money
    whenEmpty: zero
    measure: { sum: deal.amount, where: { attribute: isWon, is: true }, window: { last: 12 months, by: closeOn } }
ladders:
  - key: main
    label: Tiers
    entryTier: bronze
    tiers:
      - { key: bronze, label: Bronze }
      - { key: silver, label: Silver, requirements: [{ kpi: revenue, atLeast: 1000 }] }
      - { key: gold, label: Gold, requirements: [{ kpi: revenue, atLeast: 5000 }] }
    movement: { promote: immediately, demote: at_review, review: quarter, grace: { reviews: 1 } }
`;

export function smallProgram(): Program {
  const parsed = parseProgram(smallProgramText, 'small.yaml');
  if (!parsed.ok) throw new Error(JSON.stringify(parsed.findings));
  return parsed.program;
}

export function mapping(name: string, contents: Record<string, unknown>): ObjectMapping {
  return { ...objectMappingSchema.parse(contents), name, file: `${name}.yaml` };
}

const out = (field: string) => ({ field, direction: 'out' });
const inward = (field: string) => ({ field, direction: 'in' });

export const mappings: ObjectMapping[] = [
  mapping('partner', {
    object: 'Account',
    entity: 'partner',
    scope: { where: { Kind: ['Partner'] } },
    key: 'Our_Id',
    attributes: {
      name: { field: 'Name', direction: 'in', required: true },
      types: { ...inward('Type'), transform: { kind: 'list' } },
      startedOn: inward('Started_On'),
      region: { field: 'Region', direction: 'both', policy: 'newest' },
      phone: { field: 'Phone', direction: 'both', policy: 'ask' },
      tier: out('Tier'),
      tierSince: out('Tier_Since'),
      tierNextReview: out('Tier_Next_Review'),
      tierStatus: out('Tier_Status'),
      tierSummary: out('Tier_Summary'),
      tierDecision: out('Tier_Decision'),
    },
  }),
  mapping('deal', {
    object: 'Deal',
    entity: 'deal',
    credits: [{ field: 'Partner' }],
    attributes: {
      name: inward('Name'),
      amount: inward('Amount'),
      isWon: inward('Won'),
      closeOn: inward('Close_On'),
    },
  }),
  mapping('kpi-period', {
    object: 'KPI_Period',
    entity: 'kpiPeriod',
    key: 'Our_Id',
    create: true,
    attributes: { partner: out('Account'), period: out('Period'), 'kpi.revenue': out('Revenue') },
  }),
  mapping('decision', {
    object: 'Decision',
    entity: 'decision',
    key: 'Our_Id',
    create: true,
    attributes: {
      partner: out('Account'),
      movement: out('Movement'),
      toTier: out('To_Tier'),
      summary: out('Summary'),
    },
  }),
  mapping('status', {
    object: 'Status',
    entity: 'connectionStatus',
    key: 'Our_Id',
    create: true,
    attributes: { name: out('Connection'), state: out('State'), completeTo: out('Complete_To') },
  }),
];

const key = { type: 'text', key: true } as const;
const toAccount: { type: 'reference'; references: string[] } = { type: 'reference', references: ['Account'] };
const tiers = ['Bronze', 'Silver', 'Gold'];

export function makeOrg(now: () => number): MemoryCrm {
  return createMemoryCrm({
    now,
    objects: [
      {
        name: 'Account',
        fields: {
          Name: 'text!',
          Kind: 'text',
          Type: 'text',
          Started_On: 'date',
          Region: 'text',
          Phone: 'text',
          Number: 'text',
          Vat: 'text',
          Website: 'text',
          Parent: toAccount,
          Our_Id: key,
          Tier: { type: 'choice', values: tiers },
          Tier_Since: 'date',
          Tier_Next_Review: 'date',
          Tier_Status: 'text',
          Tier_Summary: 'text',
          Tier_Decision: 'text',
        },
      },
      {
        name: 'Deal',
        fields: {
          Name: 'text',
          Amount: 'money',
          Won: 'boolean',
          Close_On: 'date',
          Partner: toAccount,
          Customer: toAccount,
          Our_Id: key,
        },
      },
      {
        name: 'KPI_Period',
        fields: { Our_Id: key, Account: toAccount, Period: 'text', Revenue: 'decimal' },
      },
      {
        name: 'Decision',
        fields: { Our_Id: key, Account: toAccount, Movement: 'text', To_Tier: 'text', Summary: 'text' },
      },
      {
        name: 'Status',
        fields: { Our_Id: key, Connection: 'text', State: 'text', Complete_To: 'instant' },
      },
    ],
  });
}

export interface PassHouse {
  store: Store;
  crm: MemoryCrm;
  clock: { time: number; now(): number };
  engine: Engine;
  connection: PassConnection;
  /** Runs a pass some seconds later; throws what stopped the connection. */
  pass(more?: Partial<PassOptions>): Promise<RunResult<PassResult>>;
  addPartner(name: string, fields?: Record<string, string | null>): string;
  addDeal(partner: string, amount: string, closeOn?: string): string;
  account(id: string): Record<string, unknown>;
  /** Rows of an object without those that people put there. */
  records(object: string): Record<string, unknown>[];
  turnOn(): Promise<void>;
}

export interface HouseOptions {
  alias?: string;
  dailyCalls?: number;
  /** (Default: its own) */
  clock?: PassHouse['clock'];
  /** (Default: those of the small org) */
  mappings?: readonly ObjectMapping[];
  /** What stands between the engine and the connector, such as a process that dies. */
  wrap?: (connector: Connector) => Connector;
}

export async function openPassHouse(store: Store, options: HouseOptions = {}): Promise<PassHouse> {
  const alias = options.alias ?? 'north';
  const clock: PassHouse['clock'] = options.clock ?? {
    time: Date.parse('2026-03-02T10:00:00.000Z'),
    now: () => clock.time,
  };
  const crm = makeOrg(clock.now);
  await ensureConnection(store.db, { id: alias, crm: 'memory', now: clock.now() });
  const used = options.mappings ?? mappings;
  const connection = connectTo(store, { ...options, crm, clock, alias, mappings: used });
  const engine: Engine = {
    store,
    clock,
    logger: silentLogger,
    program: smallProgram(),
    holder: 'test',
    actor: 'tierlink',
  };
  const change = { store, clock, id: alias, actor: 'admin', mappings: used };
  return {
    store,
    crm,
    clock,
    engine,
    connection,
    pass: async (more = {}) => {
      clock.time += 10_000;
      return await runPass({ engine, connections: [connection], ...more });
    },
    addPartner: (name, fields = {}) =>
      crm.insert('Account', [
        { Name: name, Kind: 'Partner', Type: 'reseller', Started_On: '2024-01-01', ...fields },
      ])[0]!,
    addDeal: (partner, amount, closeOn = '2026-02-01') =>
      crm.insert('Deal', [
        { Name: 'Deal', Amount: amount, Won: true, Close_On: closeOn, Partner: partner },
      ])[0]!,
    account: (id) => crm.find('Account', id)?.fields ?? {},
    records: (object) => crm.rows(object).map((row) => row.fields),
    turnOn: async () => {
      await setWriteBack({ ...change, on: true });
      await setTierMode({ ...change, mode: 'owned' });
    },
  };
}

/** A connection to a small org, as the engine uses it. */
export function connectTo(
  store: Store,
  to: HouseOptions & { crm: MemoryCrm; clock: { now(): number }; alias: string },
): PassConnection {
  const { clock, alias } = to;
  const limits = { dailyCalls: to.dailyCalls ?? 10_000 };
  const budget = openBudget({ db: store.db, clock, connection: alias, limits });
  const manifest = memoryManifest(to.crm);
  const connector = manifest.connect(
    {},
    {
      connection: alias,
      pinnedOrg: () => pinnedOrg(store.db, alias),
      now: clock.now,
      sleep: async () => {},
      spend: budget.spend,
      random: () => 0.5,
      log: () => {},
    },
  );
  const used = to.wrap === undefined ? connector : to.wrap(connector);
  const own = to.mappings ?? mappings;
  return { alias, manifest, budget, connector: () => used, mappings: () => own };
}
