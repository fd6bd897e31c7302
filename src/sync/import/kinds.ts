import { type AttributeType, type EntityName, entities } from '../../model/entities.ts';
import { lifeCycle } from '../../program/outside.ts';
import type { AttributeMapping, Transform } from '../mapping/schema.ts';

export const importKinds = ['partners', 'deals', 'certifications', 'leads', 'people', 'facts'] as const;
export type ImportKind = (typeof importKinds)[number];

/** How many records one statement keeps. */
export const recordsPerBatch = 2000;

/** Records that the rows of a kind bring along beside their own, and whose attributes they may hold. */
export type PartEntity = 'credit' | 'customer';

/** A column of an import file. The header names it in any case; blanks and dashes count as underscores. */
export interface ImportColumn {
  name: string;
  /** Attribute that it fills; null for columns that only find or name the record. */
  attribute: string | null;
  required: boolean;
  help: string;
  example: string;
  transform?: Transform;
  /** Of an attribute of one's own: what the program reads it as. */
  type?: AttributeMapping['type'];
  /** Whose attribute it is. (Default: the entity of the kind) */
  entity?: PartEntity;
  /** A percentage from 0 to 100, which may have its sign. (Default: false) */
  isPercent?: boolean;
}

export interface ImportDefinition {
  kind: ImportKind;
  entity: EntityName;
  columns: readonly ImportColumn[];
  /** Columns that name the record where there is no id column, or it is blank; for partners, the first that is not. */
  naturalKey: readonly string[];
  /** Columns that tell the rows of one record apart. (Default: a record has one row) */
  rowKey?: readonly string[];
}

type More = Partial<Pick<ImportColumn, 'required' | 'transform' | 'entity' | 'isPercent'>>;

function column(
  name: string,
  about: [attribute: string | null, help: string, example: string],
  more: More = {},
): ImportColumn {
  const [attribute, help, example] = about;
  return { name, attribute, required: false, help, example, ...more };
}

function id(example: string): ImportColumn {
  return column('id', [null, 'Your own id of the record; makes a later import find it again.', example]);
}

const partner = [
  'partner',
  'The partner: its id here, in a CRM or in a file, its number, its web address, or its exact name.',
  'Acme GmbH',
] as [string, string, string];

function choice(...words: string[]): Transform {
  return { kind: 'values', map: Object.fromEntries(words.map((word) => [word, word])), others: 'reject' };
}

const partners: ImportDefinition = {
  kind: 'partners',
  entity: 'partner',
  naturalKey: ['number', 'vat'],
  columns: [
    column('name', ['name', 'The company name.', 'Acme GmbH'], { required: true }),
    column('number', ['number', 'Partner number; the same number is the same partner.', 'P-1001']),
    column('vat', ['vat', 'VAT number or company registration id.', 'SE556677889901']),
    column(
      'types',
      ['types', 'Partner types of the program, with semicolons between them.', 'reseller;msp'],
      {
        transform: { kind: 'list', separator: ';' },
      },
    ),
    column(
      'status',
      [
        'status',
        'prospect, applicant, onboarding, active, suspended or terminated; a prospect, an applicant and who is terminated hold no tier.',
        'active',
      ],
      {
        transform: choice(...lifeCycle),
      },
    ),
    column('country', ['country', 'Country of the head office.', 'Sweden']),
    column('region', ['region', 'Region of the program.', 'EMEA']),
    column('industry', ['industry', 'Industry or focus.', 'Retail']),
    column('website', ['website', 'Web address.', 'https://acme.example']),
    column('phone', ['phone', 'Switchboard.', '+46 8 123 45 67']),
    column('employees', ['employees', 'Number of employees.', '120']),
    column('parent', [
      'parent',
      'The parent company, named as partners are; it may stand anywhere in the same file.',
      'Acme Holding',
    ]),
    column('started_on', ['startedOn', 'First day of the agreement, as YYYY-MM-DD.', '2024-05-01']),
    column('ended_on', ['endedOn', 'Last day of the agreement, as YYYY-MM-DD.', '2027-04-30']),
    column('owner', ['owner', 'Who is responsible for the partner on our side.', 'Olga Lind']),
    column('tier', [
      'crmTier',
      'The tier that people kept by hand so far, by its name in the program; a new partner starts with it.',
      'Gold',
    ]),
    column('tier_since', ['crmTierSince', 'Since when, as YYYY-MM-DD.', '2025-01-01']),
    id('PRT-0042'),
  ],
};

const money: Transform = { kind: 'money', currencyField: 'currency' };
const currency = column('currency', [null, 'Currency of the amount. (Default: that of the program)', 'EUR']);

const deals: ImportDefinition = {
  kind: 'deals',
  entity: 'deal',
  naturalKey: [],
  rowKey: ['partner', 'role'],
  columns: [
    column('id', [null, 'Your own id of the deal; rows with the same id are one deal.', 'DEAL-0042'], {
      required: true,
    }),
    column('partner', partner, { required: true, entity: 'credit' }),
    column(
      'role',
      [
        'role',
        'What the partner did: sourced, influenced, distributor or another role of the program.',
        'sourced',
      ],
      {
        required: true,
        entity: 'credit',
        transform: {
          kind: 'values',
          map: { sourced: 'sourced', influenced: 'influenced', distributor: 'distributor' },
          others: 'keep',
        },
      },
    ),
    column('share', ['share', "The partner's share of the deal in percent, 0 to 100.", '60'], {
      entity: 'credit',
      isPercent: true,
    }),
    column('is_primary', ['isPrimary', 'true for the partner that leads the deal.', 'true'], {
      entity: 'credit',
    }),
    column('name', ['name', 'Name of the deal.', 'Northwind rollout']),
    column('customer', [
      'customer',
      'Who buys: its name, or named as partners are. One that nobody knows is added.',
      'Northwind',
    ]),
    column('customer_country', ['country', 'Country of the customer.', 'Sweden'], { entity: 'customer' }),
    column('customer_industry', ['industry', 'Industry of the customer.', 'Retail'], { entity: 'customer' }),
    column('amount', ['amount', 'Value of the deal, as a decimal number with a point.', '125000'], {
      transform: money,
    }),
    currency,
    column('stage', ['stage', 'Stage, in your own words.', 'Closed won']),
    column('type', ['type', 'New business, upgrade and so on, in your own words.', 'New business']),
    column('source', ['source', 'Where the deal came from.', 'Partner portal']),
    column('is_closed', ['isClosed', 'true once it was won or lost.', 'true']),
    column('is_won', ['isWon', 'true once it was won.', 'true']),
    column('probability', ['probability', 'Chance of winning in percent, 0 to 100.', '100'], {
      isPercent: true,
    }),
    column('close_on', ['closeOn', 'The day it was closed, or is expected to be.', '2026-02-27']),
    column('created_at', [
      'createdAt',
      'When it was created: an instant with its zone, or a day.',
      '2025-11-03T09:30:00Z',
    ]),
    column('registration', ['registration', 'submitted, approved, declined or expired.', 'approved'], {
      transform: choice('submitted', 'approved', 'declined', 'expired'),
    }),
    column('registered_at', ['registeredAt', 'When the registration was submitted.', '2025-11-04']),
    column('owner', ['owner', 'Who owns it on our side.', 'Olga Lind']),
  ],
};

const certifications: ImportDefinition = {
  kind: 'certifications',
  entity: 'certification',
  naturalKey: ['email', 'code', 'issued_on'],
  columns: [
    column('email', ['person', 'E-mail address of the holder.', 'ann@acme.example'], { required: true }),
    column('code', ['code', 'Code of the certificate.', 'PRO-100'], { required: true }),
    column('name', ['name', 'Name of the certificate.', 'Professional']),
    column('issued_on', ['issuedOn', 'First day of validity, as YYYY-MM-DD.', '2026-01-15']),
    column('expires_on', ['expiresOn', 'Last day of validity, as YYYY-MM-DD.', '2028-01-14']),
    column('status', ['status', 'active, revoked or expired.', 'active'], {
      transform: choice('active', 'revoked', 'expired'),
    }),
    column('partner', partner),
    column('holder', [null, 'Name of the holder, used when the person is not known yet.', 'Ann Berg']),
    id('CERT-0042'),
  ],
};

const leads: ImportDefinition = {
  kind: 'leads',
  entity: 'lead',
  naturalKey: ['email', 'company', 'created_at'],
  columns: [
    column('partner', partner, { required: true }),
    column('name', ['name', 'Name of the person.', 'Bo Ek']),
    column('company', ['company', 'Name of the company.', 'Northwind']),
    column('email', ['email', 'E-mail address.', 'bo@northwind.example']),
    column('country', ['country', 'Country.', 'Sweden']),
    column('status', ['status', 'Status, in your own words.', 'Contacted']),
    column('source', ['source', 'Where the lead came from.', 'Webinar']),
    column('created_at', [
      'createdAt',
      'When it was created: an instant with its zone, or a day.',
      '2026-02-01T09:30:00Z',
    ]),
    column('delivered_at', ['deliveredAt', 'When it was handed to the partner.', '2026-02-02']),
    column('accepted_at', ['acceptedAt', 'When the partner accepted it.', '2026-02-03']),
    column('is_converted', ['isConverted', 'true once it became a deal.', 'false']),
    column('converted_on', ['convertedOn', 'The day of that, as YYYY-MM-DD.', '2026-03-01']),
    id('LEAD-0042'),
  ],
};

const people: ImportDefinition = {
  kind: 'people',
  entity: 'person',
  naturalKey: ['email'],
  columns: [
    column('email', ['email', 'E-mail address; the same address is the same person.', 'ann@acme.example'], {
      required: true,
    }),
    column('partner', partner, { required: true }),
    column('name', ['name', 'Full name.', 'Ann Berg']),
    column('title', ['title', 'Job title.', 'Consultant']),
    column('phone', ['phone', 'Phone number.', '+46 8 123 45 67']),
    column('role', ['role', 'sales, technical or another role of the program.', 'technical']),
    column('left_on', ['leftOn', 'Last day at the partner, as YYYY-MM-DD.', '2026-06-30']),
  ],
};

const facts: ImportDefinition = {
  kind: 'facts',
  entity: 'fact',
  naturalKey: ['partner', 'kind', 'occurred_on', 'dimension', 'subject'],
  columns: [
    column('partner', partner, { required: true }),
    column('kind', ['kind', 'What was measured.', 'usage'], { required: true }),
    column('occurred_on', ['occurredOn', 'The day, as YYYY-MM-DD.', '2026-03-31'], { required: true }),
    column('quantity', ['quantity', 'How many, as a decimal number with a point.', '12.5']),
    column('amount', ['amount', 'How much, as a decimal number with a point.', '1999.90'], {
      transform: money,
    }),
    currency,
    column('dimension', ['dimension', 'A further key, such as a product.', 'Suite']),
    column('subject', [
      'subject',
      'A second further key: whose it is beside the partner, such as the tenant of a customer.',
      'Northwind',
    ]),
    column('expires_on', ['expiresOn', 'Last day on which it counts, as YYYY-MM-DD.', '2027-03-31']),
    column('author', ['author', 'Who said so.', 'Kim Lund']),
    column('reason', ['reason', 'Why, or where it is kept.', 'Plan of 12 March']),
    column('reverses', ['reverses', 'The id of the entry that it takes back.', 'P-0041']),
    column('id', [
      'entry',
      'Your own id of the record; makes a later import find it again, and is its number in a ledger.',
      'P-0042',
    ]),
  ],
};

export const importDefinitions: Readonly<Record<ImportKind, ImportDefinition>> = {
  partners,
  deals,
  certifications,
  leads,
  people,
  facts,
};

/** Names of the columns whose attributes are of these types. */
export function columnsOfTypes(
  { entity, columns }: ImportDefinition,
  types: readonly AttributeType[],
): string[] {
  const typeOf = (column: ImportColumn) =>
    column.type ?? entities[column.entity ?? entity].attributes[column.attribute ?? '']?.type;
  return columns.filter((column) => types.some((type) => type === typeOf(column))).map(({ name }) => name);
}
