import type { ColumnType, Generated } from 'kysely';
import type { Json } from './tables-column.ts';

/** The records of the program model. See tables.ts for the forms of the values. */

export interface PartnerTable {
  id: string;
  extra: ColumnType<Record<string, unknown>, string | undefined, string>;
  in_scope: Generated<boolean>;
  deleted_at: string | null;
  merged_into: string | null;
  known_from: Generated<string>;
  name: string | null;
  number: string | null;
  vat: string | null;
  types: string[] | null;
  status: string | null;
  country: string | null;
  region: string | null;
  industry: string | null;
  website: string | null;
  phone: string | null;
  employees: number | null;
  parent: string | null;
  started_on: string | null;
  ended_on: string | null;
  owner: string | null;
  crm_tier: string | null;
  crm_tier_since: string | null;
}

export interface CustomerTable {
  id: string;
  extra: ColumnType<Record<string, unknown>, string | undefined, string>;
  in_scope: Generated<boolean>;
  deleted_at: string | null;
  merged_into: string | null;
  known_from: Generated<string>;
  name: string | null;
  number: string | null;
  vat: string | null;
  country: string | null;
  industry: string | null;
  website: string | null;
  parent: string | null;
  created_at: string | null;
}

export interface PersonTable {
  id: string;
  extra: ColumnType<Record<string, unknown>, string | undefined, string>;
  in_scope: Generated<boolean>;
  deleted_at: string | null;
  merged_into: string | null;
  known_from: Generated<string>;
  partner: string | null;
  name: string | null;
  email: string | null;
  title: string | null;
  phone: string | null;
  role: string | null;
  left_on: string | null;
}

export interface LeadTable {
  id: string;
  extra: ColumnType<Record<string, unknown>, string | undefined, string>;
  in_scope: Generated<boolean>;
  deleted_at: string | null;
  merged_into: string | null;
  known_from: Generated<string>;
  partner: string | null;
  name: string | null;
  company: string | null;
  email: string | null;
  country: string | null;
  status: string | null;
  source: string | null;
  created_at: string | null;
  delivered_at: string | null;
  accepted_at: string | null;
  is_converted: boolean | null;
  converted_on: string | null;
  deal: string | null;
}

export interface DealTable {
  id: string;
  extra: ColumnType<Record<string, unknown>, string | undefined, string>;
  in_scope: Generated<boolean>;
  deleted_at: string | null;
  merged_into: string | null;
  known_from: Generated<string>;
  name: string | null;
  customer: string | null;
  amount: string | null;
  amount_currency: string | null;
  stage: string | null;
  type: string | null;
  source: string | null;
  is_closed: boolean | null;
  is_won: boolean | null;
  probability: string | null;
  close_on: string | null;
  created_at: string | null;
  registration: string | null;
  registered_at: string | null;
  owner: string | null;
}

export interface CreditTable {
  id: string;
  extra: ColumnType<Record<string, unknown>, string | undefined, string>;
  in_scope: Generated<boolean>;
  deleted_at: string | null;
  merged_into: string | null;
  known_from: Generated<string>;
  deal: string | null;
  partner: string | null;
  role: string | null;
  share: string | null;
  is_primary: boolean | null;
  weight: string | null;
}

export interface CertificationTable {
  id: string;
  extra: ColumnType<Record<string, unknown>, string | undefined, string>;
  in_scope: Generated<boolean>;
  deleted_at: string | null;
  merged_into: string | null;
  known_from: Generated<string>;
  person: string | null;
  partner: string | null;
  code: string | null;
  name: string | null;
  issued_on: string | null;
  expires_on: string | null;
  status: string | null;
}

export interface SupportCaseTable {
  id: string;
  extra: ColumnType<Record<string, unknown>, string | undefined, string>;
  in_scope: Generated<boolean>;
  deleted_at: string | null;
  merged_into: string | null;
  known_from: Generated<string>;
  number: string | null;
  customer: string | null;
  partner: string | null;
  subject: string | null;
  status: string | null;
  priority: string | null;
  is_closed: boolean | null;
  opened_at: string | null;
  closed_at: string | null;
  satisfaction: number | null;
}

export interface FactTable {
  id: string;
  extra: ColumnType<Record<string, unknown>, string | undefined, string>;
  in_scope: Generated<boolean>;
  deleted_at: string | null;
  merged_into: string | null;
  known_from: Generated<string>;
  partner: string | null;
  kind: string | null;
  occurred_on: string | null;
  quantity: string | null;
  amount: string | null;
  amount_currency: string | null;
  dimension: string | null;
  subject: string | null;
  expires_on: string | null;
  author: string | null;
  reason: string | null;
  entry: string | null;
  reverses: string | null;
}

export interface RecordVersionTable {
  entity: string;
  record_id: string;
  known_from: string;
  known_to: string;
  row: Json<Record<string, unknown>>;
}
