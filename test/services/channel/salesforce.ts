import { manifest } from '../../../connectors/salesforce/index.ts';
import type { Org } from '../../../connectors/salesforce/simulator/org.ts';
import {
  ApiError,
  type DmlResult,
  type InputRecord,
} from '../../../connectors/salesforce/simulator/types.ts';
import { type StandIn, startStandIn } from '../../../connectors/salesforce/stand-in.ts';
import { sourceRequest } from '../../../src/app/source.ts';
import { fromPackageRoot } from '../../../src/package-root.ts';
import { loadMappings } from '../../../src/sync/mapping/mapping.ts';
import { snapshotOf } from '../org-snapshot.ts';
import { type CallHooks, callHooks } from './calls.ts';
import type { Channel, ChannelFault, ChannelOptions, Deed, Kind, Row } from './channel.ts';
import { bodyOf, type Kinds, recordOf } from './fields.ts';
import { kindsIn } from './salesforce-kinds.ts';

/** The business in the Salesforce simulator, with its inside for what only this CRM has. */
export interface SalesforceChannel extends Channel {
  standIn: StandIn;
  org: Org;
}

const writing =
  /^(PATCH|DELETE) |^POST .*\/v[\d.]+\/(sobjects\/[^/]+\/?|composite\/sobjects\/?|jobs\/ingest\/?)$/;

const madeByUs = {
  decision: 'Tierlink_Decision__c',
  kpiPeriod: 'Tierlink_KPI_Period__c',
  connectionStatus: 'Tierlink_Status__c',
};

/** An org without records in which an admin has prepared everything. */
export async function startSalesforceChannel(options: ChannelOptions): Promise<SalesforceChannel> {
  const mappings = options.adapt(loadMappings(fromPackageRoot('mappings/salesforce')));
  const standIn = await startStandIn({
    now: options.now,
    data: fromPackageRoot('test/connectors/salesforce/simulator/no-records'),
    source: await manifest.source(sourceRequest(options.program, mappings)),
  });
  const { org, faults } = standIn.simulator;
  openToAll(org, ['Contact', 'Lead', 'Opportunity', 'Case']);
  const recordTypes = addRecordTypes(org);
  return {
    standIn,
    org,
    crm: manifest,
    connect: standIn.options,
    mappings,
    now: options.now,
    ...people(org, recordTypes),
    madeByUs: (entity) =>
      org.dump(madeByUs[entity]).map((row) => ({ id: String(row.Id), key: String(row.Tierlink_Id__c) })),
    calls: watchCalls(standIn),
    addFault: (fault: ChannelFault) => void faults.add(fault as Parameters<typeof faults.add>[0]),
    clearFaults: () => faults.clear(),
    unavailable: () => new ApiError(503, 'SERVER_UNAVAILABLE', 'nobody hears this'),
    snapshot: () => snapshotOf(org),
    lanes: { usual: {}, bulk: { bulkWriteFrom: '1' } },
    close: () => standIn.close(),
  };
}

function openToAll(org: Org, objects: readonly string[]): void {
  for (const name of objects) {
    const object = org.schema.object(name);
    if (object !== undefined) org.schema.put(object, { ...org.schema.traits(object), sharing: 'public' });
  }
}

function addRecordTypes(org: Org): Record<string, string> {
  const types = [
    ['Account', 'Partner'],
    ['Account', 'Customer'],
    ['Lead', 'Deal_Registration'],
    ['Lead', 'Sales_Lead'],
  ] as const;
  const ids = org.bulkLoad(
    'RecordType',
    types.map(([object, name]) => ({
      SobjectType: object,
      DeveloperName: name,
      Name: name.replace('_', ' '),
      IsActive: true,
    })),
  );
  return Object.fromEntries(types.map(([, name], index) => [name, ids[index]!]));
}

type People = Pick<
  Channel,
  'rows' | 'find' | 'add' | 'edit' | 'remove' | 'restore' | 'purge' | 'merge' | 'leave' | 'enter' | 'setTier'
>;

function people(org: Org, recordTypes: Record<string, string>): People {
  const kinds: Kinds = kindsIn(recordTypes);
  const rows = <K extends Kind>(kind: K): Row<K>[] => {
    const { object, fields, isMeant = () => true } = kinds[kind];
    return org
      .dump(object)
      .filter(isMeant)
      .map((row) => recordOf(row.Id, fields, row) as unknown as Row<K>);
  };
  const update = (kind: Kind, id: string, body: Record<string, unknown>): Deed =>
    deedOf(id, org.update(kinds[kind].object, [{ Id: id, ...body } as InputRecord]));
  return {
    rows,
    find: (kind, id) => rows(kind).find((row) => row.id === id),
    add: (kind, values) => {
      const { object, fields, fixed } = kinds[kind];
      const [result] = org.insert(object, [{ ...fixed, ...bodyOf(fields, values) } as InputRecord]);
      return deedOf(String(result!.id), [result!]);
    },
    edit: (kind, id, values) => update(kind, id, bodyOf(kinds[kind].fields, values)),
    remove: (_kind, id) => deedOf(id, org.delete([id])),
    restore: (id) => deedOf(id, org.undelete([id])),
    purge: (id) => {
      if (org.find(id)?.row.IsDeleted !== true) return { done: false, why: 'it is not in the recycle bin' };
      return deedOf(id, org.hardDelete([id]));
    },
    merge: (kind, { winner, loser }) =>
      deedOf(winner, [org.merge(kinds[kind].object, { masterId: winner, loserIds: [loser] })]),
    leave: (id) => update('partner', id, { RecordTypeId: recordTypes.Customer }),
    enter: (id) => update('partner', id, { RecordTypeId: recordTypes.Partner }),
    setTier: (id, tier) => update('partner', id, { Partner_Tier__c: tier }),
  };
}

function deedOf(id: string, results: readonly DmlResult[]): Deed {
  const refused = results.find((result) => !result.success);
  return refused === undefined
    ? { done: true, id }
    : { done: false, why: `the org refused: ${JSON.stringify(refused.errors)}` };
}

function watchCalls({ simulator }: StandIn): CallHooks {
  const { calls } = simulator;
  const { count } = calls;
  const hooks = callHooks(() => calls.reset());
  calls.count = (kind, line) => {
    count(kind, line);
    hooks.call({ line, isWrite: writing.test(line) });
  };
  return hooks;
}
