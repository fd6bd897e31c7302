import { manifest } from '../../../connectors/dynamics/index.ts';
import { DataverseError } from '../../../connectors/dynamics/simulator/errors.ts';
import type { Org } from '../../../connectors/dynamics/simulator/org.ts';
import type { Deletion } from '../../../connectors/dynamics/simulator/state.ts';
import type { Row } from '../../../connectors/dynamics/simulator/types.ts';
import { type StandIn, startStandIn } from '../../../connectors/dynamics/stand-in.ts';
import { sourceRequest } from '../../../src/app/source.ts';
import { fromPackageRoot } from '../../../src/package-root.ts';
import { loadMappings } from '../../../src/sync/mapping/mapping.ts';
import { type CallHooks, callHooks } from './calls.ts';
import type { Channel, ChannelFault, ChannelOptions } from './channel.ts';
import { people, type Roles } from './dynamics-people.ts';

/** The business in the Dynamics simulator, with its inside for what only this CRM has. */
export interface DynamicsChannel extends Channel {
  standIn: StandIn;
  org: Org;
}

const madeByUs = {
  decision: 'tierlink_decision',
  kpiPeriod: 'tierlink_kpiperiod',
  connectionStatus: 'tierlink_connectionstatus',
};

/** An environment without rows in which an admin has prepared everything. */
export async function startDynamicsChannel(options: ChannelOptions): Promise<DynamicsChannel> {
  const mappings = options.adapt(loadMappings(fromPackageRoot('mappings/dynamics')));
  const standIn = await startStandIn(
    {
      now: options.now,
      data: fromPackageRoot('test/connectors/salesforce/simulator/no-records'),
      source: await manifest.source(sourceRequest(options.program, mappings)),
    },
    // Histories make more calls within minutes of the machine's clock than one user may.
    { limits: { requests: 1_000_000_000, executionMs: 1_000_000_000 } },
  );
  const { org } = standIn.inside;
  const { faults } = standIn.simulator;
  const { bin, ...deeds } = people(org, addRoles(org));
  return {
    standIn,
    org,
    crm: manifest,
    connect: standIn.options,
    mappings,
    now: options.now,
    ...deeds,
    madeByUs: (entity) => {
      const { primaryId } = org.table(madeByUs[entity]);
      const made = org.dump(madeByUs[entity]);
      return made.map((row) => ({ id: String(row[primaryId]), key: String(row.tierlink_externalid) }));
    },
    calls: watchCalls(standIn),
    addFault: (fault: ChannelFault) => void faults.add(fault as Parameters<typeof faults.add>[0]),
    clearFaults: () => faults.clear(),
    unavailable: () => new DataverseError(503, '0x80040216', 'nobody hears this'),
    snapshot: () => {
      const restoreRows = snapshotOf(org);
      const restoreBin = bin.snapshot();
      return {
        restore: () => {
          restoreRows();
          restoreBin();
          faults.clear();
        },
      };
    },
    lanes: { usual: {}, single: { rowsPerBatch: '1' }, bulk: { rowsPerBatch: '1', rowsPerWrite: '4' } },
    close: () => standIn.close(),
  };
}

/** Roles of connections between deals and partners; the mappings do not know the last one. */
function addRoles(org: Org): Roles {
  const names = { distributor: 'Distributor', influenced: 'Reseller', Advertiser: 'Advertiser' };
  const rows = Object.values(names).map((name) => ({ name, category: 4 }));
  const ids = org.load('connectionrole', rows);
  return Object.fromEntries(Object.keys(names).map((name, index) => [name, ids[index]!]));
}

/** Rows are never changed in place, so remembering them costs next to nothing. Versions go on from where they are. */
function snapshotOf({ state, schema }: Org): () => void {
  const tables = [...schema.tables()].map((table) => ({
    table,
    rows: new Map(state.rows(table).all),
    deletions: [...state.deletions(table)],
  }));
  return () => {
    for (const { table, rows, deletions } of tables) {
      const now = state.rows(table);
      for (const id of [...now.all.keys()]) if (!rows.has(id)) now.remove(id);
      for (const [id, row] of rows) putBack(now, id, row);
      const told = state.deletions(table) as Deletion[];
      told.splice(0, told.length, ...deletions);
    }
  };
}

function putBack(now: ReturnType<Org['state']['rows']>, id: string, row: Row): void {
  if (now.get(id) !== row) now.put(id, row);
}

const reading = /^GET /;
const batching = /^POST \S+\/\$batch(\?|$)/i;

function watchCalls({ simulator }: StandIn): CallHooks {
  const { calls } = simulator;
  const { count } = calls;
  const hooks = callHooks(() => calls.reset());
  calls.count = (method, path, inner) => {
    count(method, path, inner);
    const line = `${method} ${path}`;
    const operations = batching.test(line) ? (inner ?? []) : [line];
    hooks.call({ line, isWrite: operations.some((operation) => !reading.test(operation)) });
  };
  return hooks;
}
