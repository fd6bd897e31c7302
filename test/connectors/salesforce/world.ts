import { manifest } from '../../../connectors/salesforce/index.ts';
import type { Simulator } from '../../../connectors/salesforce/simulator/server.ts';
import { type StandIn, startStandIn } from '../../../connectors/salesforce/stand-in.ts';
import type { Connector } from '../../../src/sync/connector.ts';
import type { ObjectMapping } from '../../../src/sync/mapping/schema.ts';
import { type TestHost, testHost } from '../../contract/connector-world.ts';

/** A mapping of which only the installed fields matter. */
function installing(object: string, given: Partial<ObjectMapping>): ObjectMapping {
  return {
    object,
    entity: 'partner',
    scope: {},
    manners: { assignmentRules: false, allowDuplicates: false },
    create: true,
    attributes: {},
    optional: false,
    file: `${object}.yaml`,
    name: object,
    ...given,
  };
}

const both = (field: string) => ({
  field,
  direction: 'both' as const,
  required: false,
  onBlank: 'clear' as const,
});

/** Fields that the tests of the connector read and write, granted as the generated permission set grants them. */
export function testSource() {
  return manifest.source({
    kpis: [],
    tiers: ['Silver', 'Gold'],
    mappings: [
      installing('Account', {
        key: 'Tierlink_Id__c',
        attributes: {
          phone: both('Phone'),
          fax: both('Fax'),
          size: both('NumberOfEmployees'),
          description: both('Description'),
          industry: both('Industry'),
          parent: both('ParentId'),
          type: both('Type'),
          tier: { ...both('Partner_Tier__c'), install: { type: 'picklist', values: 'tiers' } },
        },
      }),
      installing('Opportunity', {
        key: 'Tierlink_Id__c',
        attributes: {
          amount: both('Amount'),
          account: both('AccountId'),
          type: both('Type'),
          probability: both('Probability'),
        },
      }),
      installing('Contact', {
        key: 'Tierlink_Id__c',
        attributes: { account: both('AccountId'), email: both('Email'), first: both('FirstName') },
      }),
      installing('Lead', {
        key: 'Tierlink_Id__c',
        attributes: { email: both('Email'), title: both('Title') },
      }),
      installing('Case', {
        key: 'Tierlink_Id__c',
        attributes: { subject: both('Subject'), account: both('AccountId') },
      }),
    ],
  });
}

export interface SalesforceWorld {
  standIn: StandIn;
  simulator: Simulator;
  connector: Connector;
  host: TestHost;
  close(): Promise<void>;
}

/** An empty prepared org with one connector on it; everybody may edit every record. */
export async function salesforceWorld(
  given: { options?: Record<string, string>; now?: () => number } = {},
): Promise<SalesforceWorld> {
  const standIn = await startStandIn({
    empty: true,
    source: await testSource(),
    ...(given.now === undefined ? {} : { now: given.now }),
  });
  const { schema } = standIn.simulator.org;
  for (const name of ['Opportunity', 'Lead', 'Case']) {
    const object = schema.object(name);
    if (object !== undefined) schema.put(object, { ...schema.traits(object), sharing: 'public' });
  }
  const host = testHost(given.now);
  const connector = manifest.connect({ ...standIn.options, ...given.options }, host);
  return { standIn, simulator: standIn.simulator, connector, host, close: async () => await standIn.close() };
}
