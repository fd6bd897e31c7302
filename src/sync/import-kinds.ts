import type { EntityName } from '../model/entities.ts';
import type { Transform } from './mapping-schema.ts';

export const importKinds = ['certifications', 'leads', 'people', 'facts'] as const;
export type ImportKind = (typeof importKinds)[number];

/** A column of an import file. The header names it in any case; blanks and dashes count as underscores. */
export interface ImportColumn {
  name: string;
  /** Attribute that it fills; null for columns that only find or name the record. */
  attribute: string | null;
  required: boolean;
  help: string;
  example: string;
  transform?: Transform;
}

export interface ImportDefinition {
  kind: ImportKind;
  entity: EntityName;
  columns: readonly ImportColumn[];
  /** Columns that name the record where there is no id column, or it is blank. */
  naturalKey: readonly string[];
}

type More = Partial<Pick<ImportColumn, 'required' | 'transform' | 'attribute'>>;

function column(
  name: string,
  about: [attribute: string | null, help: string, example: string],
  more: More = {},
): ImportColumn {
  const [attribute, help, example] = about;
  return { name, attribute, required: false, help, example, ...more };
}

const id = column('id', [
  null,
  'Your own id of the record; makes a later import find it again.',
  'CERT-0042',
]);
const partner = [
  'partner',
  'The partner: its id here, its id in a CRM, its web address, or its exact name.',
  'Acme GmbH',
] as [string, string, string];

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
      transform: {
        kind: 'values',
        map: { active: 'active', revoked: 'revoked', expired: 'expired' },
        others: 'reject',
      },
    }),
    column('partner', partner),
    column('holder', [null, 'Name of the holder, used when the person is not known yet.', 'Ann Berg']),
    id,
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
    id,
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
  naturalKey: ['partner', 'kind', 'occurred_on', 'dimension'],
  columns: [
    column('partner', partner, { required: true }),
    column('kind', ['kind', 'What was measured.', 'usage'], { required: true }),
    column('occurred_on', ['occurredOn', 'The day, as YYYY-MM-DD.', '2026-03-31'], { required: true }),
    column('quantity', ['quantity', 'How many, as a decimal number with a point.', '12.5']),
    column('amount', ['amount', 'How much, as a decimal number with a point.', '1999.90'], {
      transform: { kind: 'money', currencyField: 'currency' },
    }),
    column('currency', [null, 'Currency of the amount. (Default: that of the program)', 'EUR']),
    column('dimension', ['dimension', 'A further key, such as a product.', 'Suite']),
    column('valid_through', ['validThrough', 'Last day on which it is valid, as YYYY-MM-DD.', '2027-03-31']),
    column('author', ['author', 'Who said so.', 'Kim Lund']),
    column('reason', ['reason', 'Why, or where it is kept.', 'Plan of 12 March']),
    id,
  ],
};

export const importDefinitions: Readonly<Record<ImportKind, ImportDefinition>> = {
  certifications,
  leads,
  people,
  facts,
};
