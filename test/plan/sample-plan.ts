import { withId } from '../../src/plan/file.ts';
import type {
  Plan,
  PlanHead,
  PlanItem,
  PlannedDifference,
  PlannedMove,
  PlannedWrite,
} from '../../src/plan/item.ts';

/** Plans made by hand, for what needs neither a store nor a CRM. */

const place = {
  connection: 'prod',
  object: 'Account',
  url: 'https://crm.example/001A',
  seenAt: '2026-10-01T08:00:00.000Z',
};
const fabrikam = {
  entity: 'partner',
  recordId: 'ptr_f',
  crmId: '001Fabrikam0001AAA',
  name: 'Fabrikam',
  partners: ['ptr_f'],
} as const;
const tailspin = {
  entity: 'partner',
  recordId: 'ptr_t',
  crmId: '001Tailspin0001AAA',
  name: 'Tailspin',
  partners: ['ptr_t'],
} as const;

/** People set a tier that the program owns. */
export const drift: PlannedDifference = {
  kind: 'drift',
  key: 'd1',
  ...place,
  ...fabrikam,
  partners: ['ptr_f'],
  attribute: 'tier',
  label: 'Partner_Tier__c',
  agreed: 'Silver',
  ours: 'Silver',
  theirs: 'Gold',
  theirUser: '005Kim00000001AAA',
  theirUserName: 'Kim Lee',
  theirAt: '2026-09-28T10:15:00.000Z',
  choice: 'skip',
};

/** A tier that goes down, a figure, and a text that a spreadsheet would compute. */
export const update: PlannedWrite = {
  kind: 'update',
  key: 'u1',
  ...place,
  ...tailspin,
  partners: ['ptr_t'],
  decisionId: 'dec_1',
  tier: {
    ladder: 'Partner tier',
    from: 'Gold',
    to: 'Silver',
    direction: 'down',
    summary: 'Bookings 410,000 of 500,000.',
  },
  after: [],
  changes: [
    {
      attribute: 'tier',
      label: 'Partner_Tier__c',
      before: 'Gold',
      after: 'Silver',
      moment: false,
      choice: 'ours',
    },
    {
      attribute: 'tierSince',
      label: 'Tier_Since__c',
      before: '2025-03-01',
      after: '2026-10-01',
      moment: false,
      choice: 'ours',
    },
    {
      attribute: 'tierSummary',
      label: 'Summary__c',
      before: '=1+1',
      after: '<b>"410,000"</b> & less',
      moment: false,
      choice: 'ours',
    },
  ],
};

/** A decision of a partner that the program makes a record of; its moment is that of writing. */
export function decision(partner: string, index: number): PlannedWrite {
  return {
    kind: 'create',
    key: `c${index}`,
    ...place,
    object: 'Partner_Decision__c',
    entity: 'decision',
    recordId: `dec_${index}`,
    crmId: null,
    url: null,
    name: `${partner}, 2026-10-01`,
    partners: [partner],
    seenAt: null,
    decisionId: `dec_${index}`,
    tier: null,
    after: [],
    changes: [
      {
        attribute: 'decidedAt',
        label: 'Decided_At__c',
        before: null,
        after: '2026-10-01T08:00:00.000Z',
        moment: true,
        choice: 'ours',
      },
      { attribute: 'toTier', label: 'To__c', before: null, after: 'Silver', moment: false, choice: 'ours' },
    ],
  };
}

export const move: PlannedMove = {
  kind: 'tier_down',
  key: 'm1',
  partnerId: 'ptr_t',
  partner: 'Tailspin',
  partners: ['ptr_t'],
  ladder: 'Partner tier',
  from: 'Gold',
  to: 'Silver',
  movement: 'demotion',
  summary: 'Bookings 410,000 of 500,000.',
  waits: false,
};

const invalid: PlanItem = {
  kind: 'invalid',
  key: 'i1',
  connection: 'prod',
  object: 'Opportunity',
  entity: 'deal',
  recordId: 'dea_1',
  crmId: '006A',
  url: null,
  name: 'ERP',
  partners: [],
  field: 'CloseDate',
  code: 'MAP_DATE',
  message: 'it is no date',
  owner: 'record owner',
};

export const everything: PlanItem[] = [
  drift,
  move,
  update,
  decision('ptr_t', 1),
  decision('ptr_f', 2),
  invalid,
];

export function planOf(items: readonly PlanItem[], head: Partial<PlanHead> = {}): Plan {
  return withId(
    {
      tierlinkPlan: 1,
      kind: 'sync',
      undoes: null,
      madeAt: '2026-10-01T09:00:00.000Z',
      madeBy: 'admin',
      validUntil: '2026-10-02T09:00:00.000Z',
      run: 'r-000001',
      program: { name: 'global', version: '1', hash: 'p' },
      connections: [
        {
          ...{ alias: 'prod', crm: 'salesforce', orgId: '00D', orgName: 'Acme', orgKind: 'production' },
          ...{ writeBack: false, mappings: 'm', compared: 214, unchanged: 180, calls: 3, loads: [] },
        },
      ],
      filter: { connection: null, object: null, partner: null, kind: null, cause: null },
      partners: [
        { id: 'ptr_f', name: 'Fabrikam' },
        { id: 'ptr_t', name: 'Tailspin' },
      ],
      ...head,
    },
    [...items],
  );
}
