import type { SalesforceChannel } from '../services/channel/salesforce.ts';
import { type Crm, crms } from '../services/channel/start.ts';
import type { SimulatorHouse } from './simulator-house.ts';

/** Nasty things that happen in a CRM around a plan, each as the platform's documentation has it. */

/** The CRM in which it happens. */
export interface Place {
  crm: Crm;
  house: SimulatorHouse;
  /** The partners of which the plan is to write a telephone number. */
  partners: readonly string[];
  /** How far the CRM's clock is ahead of ours, ms. */
  skew: { ms: number };
  /** Gives a partner another telephone number with us. */
  call(partner: string, phone: string): Promise<void>;
}

type Happening = (place: Place) => unknown;

export interface Situation {
  name: string;
  /** (Default: all) */
  crms?: readonly Crm[];
  /** Before the plan is made. */
  before?: Happening;
  /** Between the plan and its application. */
  between?: Happening;
  /** What somebody does about it. */
  mend?: Happening;
  /** What the plan comes to: the state of the run or the code with which it is refused, and how many numbers arrive. */
  comes: Partial<Record<Crm, Outcome>>;
}

export interface Outcome {
  to: 'succeeded' | 'partial' | 'PLAN_STALE' | 'CRM_BUSY' | 'CRM_QUOTA';
  arrives: number;
  /** By code: how many, whose job, and when it is tried again. */
  rejects?: readonly string[];
  /** Codes of what the plan says that it does not send. */
  invalid?: readonly string[];
}

/** The same in every CRM. */
function everywhere(outcome: Outcome): Situation['comes'] {
  return Object.fromEntries(crms.map((crm) => [crm, outcome]));
}

const whole = everywhere({ to: 'succeeded', arrives: 3 });
const stale = everywhere({ to: 'PLAN_STALE', arrives: 0 });

function salesforce({ house }: Place): SalesforceChannel {
  return house.channel as SalesforceChannel;
}

const calm: Happening = ({ house }) => house.channel.clearFaults();

const deletes: readonly Situation[] = [
  {
    // https://developer.salesforce.com/docs/atlas.en-us.api.meta/api/sforce_api_calls_undelete.htm
    // https://learn.microsoft.com/power-apps/developer/data-platform/restore-deleted-records
    name: 'a record was deleted and undeleted while nobody looked',
    before: ({ house, partners: [first] }) => {
      house.channel.remove('partner', first!);
      house.channel.restore(first!);
    },
    comes: whole,
  },
  {
    name: 'a record was deleted, seen to be, and undeleted',
    before: async ({ house, partners: [first] }) => {
      house.channel.remove('partner', first!);
      await house.plan();
      house.channel.restore(first!);
    },
    comes: whole,
  },
  {
    name: 'a record is deleted before the plan is applied, and undeleted',
    between: ({ house, partners: [first] }) => house.channel.remove('partner', first!),
    mend: ({ house, partners: [first] }) => house.channel.restore(first!),
    comes: stale,
  },
  {
    name: 'a record is merged away before the plan is applied',
    between: ({ house, partners: [loser, winner] }) =>
      house.channel.merge('partner', { winner: winner!, loser: loser! }),
    comes: stale,
  },
];

const refusals: readonly Situation[] = [
  {
    // Without allOrNone the others are saved; a bulk message of Dataverse is undone as a whole.
    // https://developer.salesforce.com/docs/atlas.en-us.api_rest.meta/api_rest/resources_composite_sobjects_collections_update.htm
    // https://learn.microsoft.com/power-apps/developer/data-platform/bulk-operations
    name: 'one record of a batch is refused by a rule',
    before: ({ crm, house, partners }) => {
      const { name } = house.channel.find('partner', partners[1]!)!;
      const rule = { kind: 'row-error', statusCode: 'FIELD_CUSTOM_VALIDATION_EXCEPTION' };
      house.channel.addFault(
        crm === 'salesforce'
          ? { ...rule, object: 'Account', matching: { Name: name } }
          : { kind: 'row-error', object: 'account', matching: { name } },
      );
    },
    mend: calm,
    comes: everywhere({ to: 'partial', arrives: 2, rejects: ['1 CRM_RULE, record owner, after the fix'] }),
  },
  {
    // A rule that blocks is not let pass by allowSave: https://developer.salesforce.com/docs/atlas.en-us.api_rest.meta/api_rest/headers_duplicaterules.htm
    // Dataverse looks only where the request asks for it: https://learn.microsoft.com/power-apps/developer/data-platform/webapi/manage-duplicate-detection-create-update
    name: 'a rule takes what is written for a duplicate',
    before: ({ house, partners }) => {
      const other = house.channel.rows('partner').find(({ id }) => !partners.includes(id))!;
      house.channel.edit('partner', other.id, { phone: '+1 555 1' });
    },
    between: (place) => {
      const { crm, house } = place;
      if (crm === 'dynamics')
        house.channel.addFault({ kind: 'duplicate-rule', object: 'account', field: 'telephone1' });
      else
        rules.push(
          salesforce(place).org.addDuplicateRule({
            ...{ name: 'Same_Phone', object: 'Account', fields: ['Phone'], action: 'block' },
            message: 'You are making a duplicate.',
          }),
        );
    },
    mend: (place) => {
      calm(place);
      for (const end of rules.splice(0)) end();
    },
    comes: {
      salesforce: { to: 'partial', arrives: 2, rejects: ['1 CRM_DUPLICATE, record owner, after the fix'] },
      dynamics: { to: 'succeeded', arrives: 3 },
    },
  },
];

/** How to end the rules that somebody made. */
const rules: (() => void)[] = [];

const values: readonly Situation[] = [
  {
    name: 'the clock of the CRM is an hour ahead',
    crms: ['salesforce'],
    before: ({ skew }) => Object.assign(skew, { ms: 3_600_000 }),
    comes: whole,
  },
  {
    name: 'the clock of the CRM is an hour behind',
    crms: ['salesforce'],
    before: ({ skew }) => Object.assign(skew, { ms: -3_600_000 }),
    comes: whole,
  },
  {
    name: 'a text of ours has 100,000 characters',
    crms: ['salesforce'],
    before: ({ call, partners: [first] }) => call(first!, '7'.repeat(100_000)),
    mend: ({ call, partners: [first] }) => call(first!, '+1 555 0'),
    comes: everywhere({ to: 'succeeded', arrives: 2, invalid: ['CRM_TOO_LONG'] }),
  },
  {
    name: 'a text of ours has two lines',
    crms: ['salesforce'],
    before: ({ call, partners: [first] }) => call(first!, '+1 555\r\n0'),
    comes: whole,
  },
  {
    // Records keep a record type that is not active: https://help.salesforce.com/s/articleView?id=platform.creating_record_types.htm
    name: 'the record type of the records is made inactive',
    crms: ['salesforce'],
    between: (place) => typePartners(place, false),
    mend: (place) => typePartners(place, true),
    comes: { salesforce: { to: 'succeeded', arrives: 3 } },
  },
];

/** What the CRM refuses or does not answer for a while. */
const outages: readonly Situation[] = [
  {
    name: 'the CRM is out of order for two answers, and says when to come back',
    between: fault({ kind: 'status', status: 503, retryAfterSeconds: 2, times: 2 }),
    comes: whole,
  },
  {
    name: 'the CRM stays out of order',
    between: fault({ kind: 'status', status: 503 }),
    mend: calm,
    comes: everywhere({ to: 'CRM_BUSY', arrives: 0 }),
  },
  {
    name: 'the calls of the day are used up by others',
    crms: ['salesforce'],
    between: fault({ kind: 'request-limit', limit: 'total' }),
    mend: calm,
    comes: { salesforce: { to: 'CRM_QUOTA', arrives: 0 } },
  },
  {
    name: 'too many calls are made at once, for a moment',
    between: (place) =>
      fault(
        place.crm === 'salesforce'
          ? { kind: 'request-limit', limit: 'concurrent', times: 2 }
          : { kind: 'throttled', limit: 'concurrency', retryAfterSeconds: 1, times: 2 },
      )(place),
    comes: whole,
  },
  {
    name: 'somebody holds the records for a moment',
    crms: ['salesforce'],
    between: fault({ kind: 'row-lock', object: 'Account', times: 1 }),
    comes: whole,
  },
  {
    name: 'somebody holds the records',
    crms: ['salesforce'],
    between: fault({ kind: 'row-lock', object: 'Account' }),
    mend: calm,
    comes: { salesforce: { to: 'partial', arrives: 0, rejects: ['3 CRM_LOCKED, nobody, by itself'] } },
  },
];

/** What somebody changes in the set-up of a CRM. */
const access: readonly Situation[] = [
  ...(['hidden-field', 'dropped-field'] as const).map(
    (kind): Situation => ({
      // Either looks the same to the user: https://developer.salesforce.com/docs/atlas.en-us.api.meta/api/sforce_api_calls_concepts_core_data_objects.htm
      name: `the field is ${kind === 'hidden-field' ? 'hidden from the user' : 'deleted'} before the plan is applied`,
      crms: ['salesforce'],
      between: fault({ kind, object: 'Account', field: 'Phone' }),
      mend: calm,
      comes: {
        salesforce: { to: 'partial', arrives: 0, rejects: ['3 CRM_FIELD_MISSING, CRM admin, after the fix'] },
      },
    }),
  ),
  {
    name: 'a record belongs to somebody who is not active any more',
    crms: ['salesforce'],
    before: ({ house, partners }) => {
      const { name } = house.channel.find('partner', partners[1]!)!;
      const refusal = { kind: 'row-error', statusCode: 'INACTIVE_OWNER_OR_USER' };
      house.channel.addFault({ ...refusal, object: 'Account', matching: { Name: name } });
    },
    mend: calm,
    comes: {
      salesforce: { to: 'partial', arrives: 2, rejects: ['1 CRM_REFERENCE, CRM admin, after the fix'] },
    },
  },
];

/** Switches a fault of the simulator on. */
function fault(each: Parameters<SimulatorHouse['channel']['addFault']>[0]): Happening {
  return ({ house }) => house.channel.addFault(each);
}

function typePartners(place: Place, isActive: boolean): void {
  const { org } = salesforce(place);
  const type = org.dump('RecordType').find(({ DeveloperName: name }) => name === 'Partner')!;
  org.update('RecordType', [{ Id: String(type.Id), IsActive: isActive }]);
}

export const situations: readonly Situation[] = [...deletes, ...refusals, ...values, ...outages, ...access];
