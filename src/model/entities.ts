/**
 * The entities of the program model and their attributes, as data. Mappings, KPIs, merge and the store all read this
 * one table; the columns of the store carry the same names in snake_case (a test compares both).
 *
 * Value forms, everywhere outside the store's own columns:
 * text, choice: string · boolean: boolean · integer: number · decimal: decimal string · money: { amount: decimal
 * string, currency: ISO 4217 code } · date: 'YYYY-MM-DD', a calendar day without a zone · instant: ISO 8601 in UTC with
 * milliseconds · list: sorted array of distinct strings · ref: our id of the record referred to. null means blank.
 */
export type AttributeType =
  | 'text'
  | 'choice'
  | 'boolean'
  | 'integer'
  | 'decimal'
  | 'money'
  | 'date'
  | 'instant'
  | 'list'
  | 'ref';

export interface Money {
  amount: string;
  currency: string;
}

export type AttributeValue = string | number | boolean | null | string[] | Money;

export interface AttributeDefinition {
  type: AttributeType;
  /** The entity that a ref points to. */
  to?: EntityName;
  /** The program decides the value; a mapping can only send it. */
  owner?: 'program';
  help: string;
}

export interface EntityDefinition {
  label: string;
  plural: string;
  /** Table in the store (schema tierlink). */
  table: string;
  /** Prefix of our ids. */
  idPrefix: string;
  /** crm: records come from CRMs or files · program: the program makes them, CRMs only receive them. */
  origin: 'crm' | 'program';
  attributes: Readonly<Record<string, AttributeDefinition>>;
}

export type EntityName =
  | 'partner'
  | 'customer'
  | 'person'
  | 'lead'
  | 'deal'
  | 'credit'
  | 'certification'
  | 'case'
  | 'fact'
  | 'kpiPeriod'
  | 'decision'
  | 'membership'
  | 'connectionStatus';

const partner: EntityDefinition = {
  label: 'Partner',
  plural: 'partners',
  table: 'partner',
  idPrefix: 'ptr',
  origin: 'crm',
  attributes: {
    name: { type: 'text', help: 'The company name.' },
    number: { type: 'text', help: 'Business key that the systems share, such as the partner number.' },
    vat: { type: 'text', help: 'VAT number or company registration id.' },
    types: { type: 'list', help: 'Partner types, such as reseller or msp; a partner may have several.' },
    status: { type: 'choice', help: 'prospect, applicant, onboarding, active, suspended or terminated.' },
    country: { type: 'text', help: 'Country of the head office, as the CRM spells it.' },
    region: { type: 'text', help: 'Region of the program.' },
    industry: { type: 'text', help: 'Industry or focus.' },
    website: { type: 'text', help: 'Web address; used to match records across systems.' },
    phone: { type: 'text', help: 'Switchboard.' },
    employees: { type: 'integer', help: 'Number of employees.' },
    parent: { type: 'ref', to: 'partner', help: 'The parent company, if it is a partner too.' },
    startedOn: { type: 'date', help: 'First day in the program; the ramp counts from here.' },
    endedOn: { type: 'date', help: 'Last day in the program.' },
    owner: { type: 'text', help: 'Who is responsible for the partner on our side.' },
    crmTier: {
      type: 'text',
      help: 'The tier that people kept by hand in the CRM before the program owned it.',
    },
    crmTierSince: { type: 'date', help: 'Since when, if the CRM says.' },
    tier: { type: 'text', owner: 'program', help: 'The tier in force. Owned by the program.' },
    tierSince: {
      type: 'date',
      owner: 'program',
      help: 'First day of the tier in force. Owned by the program.',
    },
    tierNextReview: { type: 'date', owner: 'program', help: 'Day of the next review. Owned by the program.' },
    tierStatus: {
      type: 'choice',
      owner: 'program',
      help: 'keeps, eligible_up, at_risk, due_down, approved or overridden. Owned by the program.',
    },
    tierSummary: {
      type: 'text',
      owner: 'program',
      help: 'One sentence: what is missing for the next tier. Owned by the program.',
    },
    tierDecision: {
      type: 'text',
      owner: 'program',
      help: 'Id of the decision behind the tier. Owned by the program.',
    },
  },
};

const customer: EntityDefinition = {
  label: 'Customer',
  plural: 'customers',
  table: 'customer',
  idPrefix: 'cus',
  origin: 'crm',
  attributes: {
    name: { type: 'text', help: 'The company name.' },
    number: { type: 'text', help: 'Business key that the systems share, such as the customer number.' },
    vat: { type: 'text', help: 'VAT number or company registration id.' },
    country: { type: 'text', help: 'Country, as the CRM spells it.' },
    industry: { type: 'text', help: 'Industry.' },
    website: { type: 'text', help: 'Web address; used to match records across systems.' },
    parent: { type: 'ref', to: 'customer', help: 'The parent company, if it is a customer too.' },
    createdAt: { type: 'instant', help: 'When the record was created in the CRM.' },
  },
};

const person: EntityDefinition = {
  label: 'Person',
  plural: 'people',
  table: 'person',
  idPrefix: 'per',
  origin: 'crm',
  attributes: {
    partner: { type: 'ref', to: 'partner', help: 'The partner that the person works for.' },
    name: { type: 'text', help: 'Full name.' },
    email: { type: 'text', help: 'E-mail address; the same address is the same person.' },
    title: { type: 'text', help: 'Job title.' },
    phone: { type: 'text', help: 'Phone number.' },
    role: { type: 'choice', help: 'sales, technical or another role of the program.' },
    leftOn: { type: 'date', help: 'Last day at the partner.' },
  },
};

const lead: EntityDefinition = {
  label: 'Lead',
  plural: 'leads',
  table: 'lead',
  idPrefix: 'led',
  origin: 'crm',
  attributes: {
    partner: { type: 'ref', to: 'partner', help: 'The partner that the lead was given to.' },
    name: { type: 'text', help: 'Name of the person.' },
    company: { type: 'text', help: 'Name of the company.' },
    email: { type: 'text', help: 'E-mail address.' },
    country: { type: 'text', help: 'Country.' },
    status: { type: 'choice', help: 'Status, as the CRM has it.' },
    source: { type: 'text', help: 'Where the lead came from.' },
    createdAt: { type: 'instant', help: 'When it was created.' },
    deliveredAt: { type: 'instant', help: 'When it was handed to the partner.' },
    acceptedAt: { type: 'instant', help: 'When the partner accepted it.' },
    isConverted: { type: 'boolean', help: 'Whether it was qualified into a deal.' },
    convertedOn: { type: 'date', help: 'The day of that.' },
    deal: { type: 'ref', to: 'deal', help: 'The deal that it became.' },
  },
};

const deal: EntityDefinition = {
  label: 'Deal',
  plural: 'deals',
  table: 'deal',
  idPrefix: 'dea',
  origin: 'crm',
  attributes: {
    name: { type: 'text', help: 'Name of the deal.' },
    customer: { type: 'ref', to: 'customer', help: 'Who buys.' },
    amount: { type: 'money', help: 'Value of the deal, with its currency.' },
    stage: { type: 'text', help: 'Stage, as the CRM has it.' },
    type: { type: 'text', help: 'New business, upgrade and so on, as the CRM has it.' },
    source: { type: 'text', help: 'Where the deal came from.' },
    isClosed: { type: 'boolean', help: 'Won or lost.' },
    isWon: { type: 'boolean', help: 'Won.' },
    probability: { type: 'decimal', help: 'Chance of winning, 0 to 100.' },
    closeOn: { type: 'date', help: 'The day it was closed, or is expected to be.' },
    createdAt: { type: 'instant', help: 'When it was created.' },
    registration: {
      type: 'choice',
      help: 'Deal registration: submitted, approved, declined or expired; blank if none.',
    },
    registeredAt: { type: 'instant', help: 'When the registration was submitted.' },
    owner: { type: 'text', help: 'Who owns it on our side.' },
  },
};

/**
 * Share is what the CRM says; weight is what counts, by the attribution that the mapping of the deal chose. KPIs never
 * read share: a sum counts value * weight / 100, a number counts credits with weight > 0, and a partner with several
 * credits on one deal (in the roles that the KPI asks for) counts once, with least(100, sum of the weights). A KPI that
 * ignores the share counts the whole deal for everybody who has a credit.
 * all: 100 for every credit · primary: 100 for the primary partner, 0 for others · split: its share; where no credit has a
 * share, 100 for the primary partner (or the only one). Of credits that say the same of a partner one counts. Null: the shares
 * do not add up to 100, so the deal is left out with that reason (a finding names the deal). A credit without a partner is
 * that of an account outside the program: it is weighed with the others and counts for nobody.
 */
const credit: EntityDefinition = {
  label: 'Deal credit',
  plural: 'deal credits',
  table: 'credit',
  idPrefix: 'crd',
  origin: 'crm',
  attributes: {
    deal: { type: 'ref', to: 'deal', help: 'The deal.' },
    partner: { type: 'ref', to: 'partner', help: 'The partner that it is credited to.' },
    role: { type: 'choice', help: 'sourced, influenced, distributor or another role of the program.' },
    share: { type: 'decimal', help: 'Share of the value in percent, 0 to 100.' },
    isPrimary: { type: 'boolean', help: 'The partner that leads the deal.' },
    weight: {
      type: 'decimal',
      owner: 'program',
      help: 'Share that counts, in percent; set by the attribution of the mapping.',
    },
  },
};

const certification: EntityDefinition = {
  label: 'Certification',
  plural: 'certifications',
  table: 'certification',
  idPrefix: 'crt',
  origin: 'crm',
  attributes: {
    person: { type: 'ref', to: 'person', help: 'The holder.' },
    partner: {
      type: 'ref',
      to: 'partner',
      help: 'The partner that it counts for, where the CRM says so itself.',
    },
    code: { type: 'text', help: 'Code of the certificate.' },
    name: { type: 'text', help: 'Name of the certificate.' },
    issuedOn: { type: 'date', help: 'First day of validity.' },
    expiresOn: { type: 'date', help: 'Last day of validity.' },
    status: { type: 'choice', help: 'active, revoked or expired.' },
  },
};

const supportCase: EntityDefinition = {
  label: 'Case',
  plural: 'cases',
  table: 'support_case',
  idPrefix: 'cas',
  origin: 'crm',
  attributes: {
    number: { type: 'text', help: 'Case number.' },
    customer: { type: 'ref', to: 'customer', help: 'Who has the problem.' },
    partner: { type: 'ref', to: 'partner', help: 'The partner that serves the customer.' },
    subject: { type: 'text', help: 'Subject.' },
    status: { type: 'choice', help: 'Status, as the CRM has it.' },
    priority: { type: 'choice', help: 'Priority.' },
    isClosed: { type: 'boolean', help: 'Closed.' },
    openedAt: { type: 'instant', help: 'When it was opened.' },
    closedAt: { type: 'instant', help: 'When it was closed.' },
    satisfaction: { type: 'integer', help: 'Rating from 1 (very dissatisfied) to 5 (very satisfied).' },
  },
};

const fact: EntityDefinition = {
  label: 'Fact',
  plural: 'facts',
  table: 'fact',
  idPrefix: 'fct',
  origin: 'crm',
  attributes: {
    partner: { type: 'ref', to: 'partner', help: 'The partner that it is about.' },
    kind: { type: 'text', help: 'What was measured, such as usage or spend.' },
    occurredOn: { type: 'date', help: 'The day.' },
    quantity: { type: 'decimal', help: 'How many.' },
    amount: { type: 'money', help: 'How much.' },
    dimension: { type: 'text', help: 'A further key, such as a product or tenant.' },
    subject: {
      type: 'text',
      help: 'A second further key: whose it is beside the partner, such as the tenant of a customer.',
    },
    expiresOn: { type: 'date', help: 'Last day on which it counts or is valid, where that ends.' },
    author: { type: 'text', help: 'Who said so.' },
    reason: { type: 'text', help: 'Why, or where it is kept.' },
    entry: { type: 'text', help: 'Its number, where facts are the entries of a ledger.' },
    reverses: {
      type: 'text',
      help: 'The number of the entry that it takes back; it counts only together with that one.',
    },
  },
};

const kpiPeriod: EntityDefinition = {
  label: 'KPI period',
  plural: 'KPI periods',
  table: 'kpi_period',
  idPrefix: 'kpp',
  origin: 'program',
  attributes: {
    partner: { type: 'ref', to: 'partner', help: 'The partner.' },
    program: { type: 'text', help: 'Name of the program.' },
    period: { type: 'text', help: 'The period, such as 2026-Q4.' },
    startsOn: { type: 'date', help: 'First day of the period.' },
    endsOn: { type: 'date', help: 'Last day of the period.' },
    currency: {
      type: 'text',
      help: 'Currency of the KPIs that are money: that of the program, such as USD.',
    },
    fit: { type: 'decimal', help: "How well the partner fits the program's ideal partner, 0 to 100." },
  },
};

const decision: EntityDefinition = {
  label: 'Decision',
  plural: 'decisions',
  table: 'decision',
  idPrefix: 'dec',
  origin: 'program',
  attributes: {
    partner: { type: 'ref', to: 'partner', help: 'The partner.' },
    program: { type: 'text', help: 'Name and version of the program.' },
    decidedAt: { type: 'instant', help: 'When it was decided.' },
    effectiveOn: { type: 'date', help: 'The day from which it holds.' },
    movement: {
      type: 'choice',
      help: 'adopt, enrol, promote, demote, keep, warn, withdraw_warning, take_effect, cancel_pending, override, override_end, inherit.',
    },
    fromTier: { type: 'text', help: 'Tier before.' },
    toTier: { type: 'text', help: 'Tier after.' },
    status: { type: 'choice', help: 'The state of the partner after the decision.' },
    summary: { type: 'text', help: 'The reason in one sentence.' },
  },
};

const membership: EntityDefinition = {
  label: 'Membership',
  plural: 'memberships',
  table: 'tier_state',
  idPrefix: 'mbr',
  origin: 'program',
  attributes: {
    partner: { type: 'ref', to: 'partner', help: 'The partner.' },
    program: { type: 'text', help: 'Name of the program.' },
    ladder: {
      type: 'text',
      help: 'The ladder of tiers that it stands on, such as that of its partner type.',
    },
    tier: { type: 'text', help: 'The tier that it holds there, or held last.' },
    since: { type: 'date', help: 'The day from which it holds the tier.' },
    nextReview: { type: 'date', help: 'The day of the next review.' },
    status: { type: 'choice', help: 'The state word of its tier; blank once it has left the ladder.' },
    endedAt: { type: 'instant', help: 'When it left the ladder; blank while it is on it.' },
  },
};

const connectionStatus: EntityDefinition = {
  label: 'Connection status',
  plural: 'connection statuses',
  table: 'connection',
  idPrefix: 'con',
  origin: 'program',
  attributes: {
    name: { type: 'text', help: 'Alias of the connection.' },
    state: { type: 'choice', help: 'State word of the connection.' },
    completeTo: { type: 'instant', help: "To when the program's data is complete." },
  },
};

export const entities: Readonly<Record<EntityName, EntityDefinition>> = {
  partner,
  customer,
  person,
  lead,
  deal,
  credit,
  certification,
  case: supportCase,
  fact,
  kpiPeriod,
  decision,
  membership,
  connectionStatus,
};

/** The order in which entities are read so that parents come before children. */
export const readOrder: readonly EntityName[] = [
  'partner',
  'customer',
  'person',
  'deal',
  'credit',
  'lead',
  'certification',
  'case',
  'fact',
];

/** snake_case column of an attribute; money has a second column with the suffix _currency. */
export function columnOf(attribute: string): string {
  return attribute.replace(/[A-Z]/g, (letter) => `_${letter.toLowerCase()}`);
}
