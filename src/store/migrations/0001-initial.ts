import { closedPeriods } from './0001-closed-periods.ts';
import type { Migration } from './index.ts';
import { results } from './initial-results.ts';
import { verification } from './initial-verification.ts';

/** Columns that every record of the program model has beside its attributes. */
const recordColumns = `
  id text primary key,
  extra jsonb not null default '{}',
  in_scope boolean not null default true,
  deleted_at timestamptz,
  merged_into text,
  known_from timestamptz not null default now()`;

const connections = `
create table tierlink.connection (
  id text primary key,
  crm text not null,
  org_id text,
  org_name text,
  org_kind text,
  user_name text,
  pinned_org_id text,
  time_zone text,
  currency text,
  write_back boolean not null default false,
  write_back_since timestamptz,
  tier_mode text not null default 'shadow',
  state text not null default 'never_run',
  state_detail jsonb,
  state_until timestamptz,
  state_since timestamptz not null default now(),
  complete_to timestamptz,
  checked_at timestamptz,
  created_at timestamptz not null default now()
);
create table tierlink.feed (
  connection text not null,
  object text not null,
  entity text not null,
  complete_to timestamptz,
  frozen_reason text,
  frozen_since timestamptz,
  records integer not null default 0,
  recount boolean not null default true,
  merges integer not null default 0,
  asked_gap integer not null default 0,
  fields_hash text,
  shown text[],
  missing text[] not null default '{}',
  fact_kind text,
  lacks_rows boolean not null default false,
  primary key (connection, object, entity)
);
create table tierlink.cursor (
  connection text not null,
  object text not null,
  purpose text not null,
  position jsonb not null,
  updated_at timestamptz not null,
  primary key (connection, object, purpose)
);
create table tierlink.coverage (
  id bigint generated always as identity primary key,
  connection text not null,
  object text not null,
  kind text not null,
  from_at timestamptz,
  to_at timestamptz not null,
  run_id text,
  recorded_at timestamptz not null
);
create index coverage_object on tierlink.coverage (connection, object, to_at);
create table tierlink.lease (
  key text primary key,
  holder text not null,
  epoch bigint not null,
  expires_at timestamptz not null,
  acquired_at timestamptz not null,
  detail text
);
create table tierlink.budget (
  connection text not null,
  day date not null,
  lane text not null,
  calls integer not null default 0,
  primary key (connection, day, lane)
);
create sequence tierlink.run_number;
create table tierlink.run (
  id text primary key,
  kind text not null,
  connection text,
  object text,
  state text not null,
  reason text,
  counts jsonb not null default '{}',
  error jsonb,
  calls integer not null default 0,
  actor text not null default 'tierlink',
  started_at timestamptz not null,
  alive_until timestamptz not null default now(),
  finished_at timestamptz
);
create index run_started on tierlink.run (started_at);
create index run_series on tierlink.run (kind, (coalesce(connection, '')), started_at);
create index run_running on tierlink.run (kind) where state = 'running';
create table tierlink.setting (
  key text primary key,
  value jsonb not null,
  updated_at timestamptz not null
);
create table tierlink.alert (
  key text primary key,
  condition text not null,
  connection text,
  state text not null,
  detail jsonb not null,
  opened_at timestamptz not null,
  closed_at timestamptz,
  acknowledged_at timestamptz,
  acknowledged_by text,
  acknowledged_reason text
);
create table tierlink.notice (
  number bigint generated always as identity primary key,
  id text not null,
  channel text not null,
  message jsonb not null,
  since timestamptz not null,
  attempts integer not null default 0,
  not_before timestamptz,
  error text,
  unique (channel, id)
);
create table tierlink.feed_size (
  connection text not null,
  object text not null,
  entity text not null,
  day date not null,
  records integer not null,
  primary key (connection, object, entity, day)
);`;

const records = `
create table tierlink.partner (${recordColumns},
  name text, number text, vat text, types text[], status text, country text, region text, industry text, website text, phone text,
  employees integer, parent text, started_on date, ended_on date, owner text, crm_tier text, crm_tier_since date
);
create index partner_parent on tierlink.partner (parent);
create index partner_merged on tierlink.partner (merged_into) where merged_into is not null;
create table tierlink.customer (${recordColumns},
  name text, number text, vat text, country text, industry text, website text, parent text, created_at timestamptz
);
create index customer_name on tierlink.customer using hash ((lower(btrim(name))));
create index customer_parent on tierlink.customer (parent);
create table tierlink.person (${recordColumns},
  partner text, name text, email text, title text, phone text, role text, left_on date
);
create index person_partner on tierlink.person (partner);
create table tierlink.lead (${recordColumns},
  partner text, name text, company text, email text, country text, status text, source text, created_at timestamptz,
  delivered_at timestamptz, accepted_at timestamptz, is_converted boolean, converted_on date, deal text
);
create index lead_partner on tierlink.lead (partner);
create index lead_deal on tierlink.lead (deal);
create table tierlink.deal (${recordColumns},
  name text, customer text, amount numeric, amount_currency text, stage text, type text, source text,
  is_closed boolean, is_won boolean, probability numeric, close_on date, created_at timestamptz,
  registration text, registered_at timestamptz, owner text
);
create index deal_name on tierlink.deal using hash ((lower(btrim(name))));
create index deal_customer on tierlink.deal (customer);
create table tierlink.credit (${recordColumns},
  deal text, partner text, role text, share numeric, is_primary boolean, weight numeric
);
create index credit_deal on tierlink.credit (deal);
create index credit_partner on tierlink.credit (partner);
create table tierlink.certification (${recordColumns},
  person text, partner text, code text, name text, issued_on date, expires_on date, status text
);
create index certification_person on tierlink.certification (person);
create index certification_partner on tierlink.certification (partner);
create table tierlink.support_case (${recordColumns},
  number text, customer text, partner text, subject text, status text, priority text, is_closed boolean,
  opened_at timestamptz, closed_at timestamptz, satisfaction integer
);
create index support_case_partner on tierlink.support_case (partner);
create index support_case_customer on tierlink.support_case (customer);
create table tierlink.fact (${recordColumns},
  partner text, kind text, occurred_on date, quantity numeric, amount numeric, amount_currency text, dimension text, subject text,
  expires_on date, author text, reason text, entry text, reverses text
);
create index fact_partner on tierlink.fact (partner, kind);
create index fact_kind on tierlink.fact
  ((lower(btrim(regexp_replace(kind, '[\\t\\n\\v\\f\\r \\u00a0\\u1680\\u2000-\\u200a\\u2028\\u2029\\u202f\\u205f\\u3000\\ufeff]+', ' ', 'g'))))) where deleted_at is null;
create index fact_reverses on tierlink.fact (partner, reverses) where reverses is not null;
create table tierlink.record_version (
  entity text not null,
  record_id text not null,
  known_from timestamptz not null,
  known_to timestamptz not null,
  row jsonb not null,
  primary key (entity, record_id, known_from, known_to)
);`;

const sync = `
create table tierlink.link (
  connection text not null,
  object text not null,
  crm_id text not null,
  entity text not null,
  record_id text not null,
  state text not null,
  base jsonb not null default '{}',
  seen_at timestamptz,
  seen_hash text,
  keyed boolean not null default false,
  linked_at timestamptz not null,
  changed_at timestamptz not null,
  left_scope_at timestamptz,
  merged_into text,
  created_on date,
  carries text,
  primary key (connection, object, crm_id, entity)
);
create index link_record on tierlink.link (record_id);
create index link_of_files on tierlink.link (object, entity) where connection = 'import' and state = 'live';
create index link_short_id on tierlink.link ((left(crm_id, 15)));
create index link_carries on tierlink.link (carries) where carries is not null;
create index link_created on tierlink.link (connection, object, entity, created_on);
create index link_merged on tierlink.link (connection, object, merged_into) where merged_into is not null;
create table tierlink.compare_seen (
  connection text not null,
  object text not null,
  entity text not null,
  crm_id text not null,
  primary key (connection, object, entity, crm_id)
);
create table tierlink.takeover (
  connection text not null,
  object text not null,
  entity text not null,
  crm_id text not null,
  attributes text[] not null,
  since timestamptz not null,
  tried boolean not null default false,
  primary key (connection, object, entity, crm_id)
);
create table tierlink.rescope (
  connection text not null,
  object text not null,
  mapping text not null,
  attribute text not null,
  parent_id text not null,
  since timestamptz not null,
  primary key (connection, object, mapping, attribute, parent_id)
);
create table tierlink.held (
  connection text not null,
  object text not null,
  crm_id text not null,
  entity text not null,
  attribute text not null,
  waits_for text not null,
  whole_record boolean not null,
  payload jsonb not null,
  since timestamptz not null,
  primary key (connection, object, crm_id, entity, attribute)
);
create index held_waits_for on tierlink.held (connection, waits_for);
create sequence tierlink.reject_number;
create table tierlink.reject (
  id text primary key,
  connection text not null,
  object text not null,
  entity text not null,
  crm_id text not null default '',
  record_id text not null default '',
  direction text not null,
  attribute text not null default '',
  code text not null,
  vendor_code text,
  message text not null,
  retry text not null,
  retry_at timestamptz,
  attempts integer not null default 1,
  payload jsonb not null default '{}',
  run_id text,
  first_at timestamptz not null,
  last_at timestamptz not null,
  ignored_at timestamptz,
  ignored_by text,
  ignored_reason text,
  created_on date,
  unique (connection, object, entity, crm_id, record_id, direction, attribute)
);
create table tierlink.difference (
  connection text not null,
  object text not null,
  crm_id text not null,
  entity text not null,
  attribute text not null,
  record_id text not null,
  kind text not null,
  base jsonb,
  ours jsonb,
  theirs jsonb,
  their_user text,
  their_at timestamptz,
  since timestamptz not null,
  primary key (connection, object, crm_id, entity, attribute)
);
create table tierlink.crm_user (
  connection text not null,
  id text not null,
  name text,
  asked_at timestamptz not null,
  primary key (connection, id)
);
create table tierlink.pending_write (
  connection text not null,
  object text not null,
  entity text not null,
  record_id text not null,
  crm_id text,
  ref text not null generated always as (coalesce(crm_id, record_id)) stored,
  attributes jsonb not null,
  before jsonb not null default '{}',
  fields jsonb not null default '{}',
  sent_at timestamptz,
  lane integer not null,
  state text not null,
  not_before timestamptz,
  attempts integer not null default 0,
  restores boolean not null default false,
  decision_id text,
  run_id text,
  sent_for jsonb,
  since timestamptz not null,
  primary key (connection, object, entity, record_id, ref)
);
create index pending_write_due on tierlink.pending_write (connection, object, state, lane, not_before);
create table tierlink.plan (
  id text primary key,
  state text not null,
  choices text not null,
  changed_at timestamptz not null,
  approved_at timestamptz,
  approved_by text,
  approved_reason text,
  run_id text,
  applied_at timestamptz,
  applied_by text
);
create table tierlink.bulk_job (
  connection text not null,
  id text not null,
  object text not null,
  request jsonb not null,
  state text not null,
  started_at timestamptz not null,
  primary key (connection, id)
);
create table tierlink.outbox (
  entity text not null,
  record_id text not null,
  since timestamptz not null,
  primary key (entity, record_id)
);
create table tierlink.comparison (
  connection text not null,
  entity text not null,
  record_id text not null,
  since timestamptz not null,
  primary key (connection, entity, record_id)
);
create table tierlink.registration (
  connection text not null,
  object text not null,
  entity text not null,
  record_id text not null,
  since timestamptz not null,
  primary key (connection, object, entity, record_id)
);
create table tierlink.match_due (
  entity text not null,
  record_id text not null,
  since timestamptz not null,
  keyed boolean not null default false,
  primary key (entity, record_id)
);
create table tierlink.person_due (record_id text primary key);
create table tierlink.match_key (
  entity text not null,
  rule text not null,
  key text not null,
  record_id text not null,
  source_id text not null,
  primary key (entity, source_id, rule)
);
create index match_key_key on tierlink.match_key (entity, rule, key);
create index match_key_record on tierlink.match_key (record_id);
create sequence tierlink.match_number;
create table tierlink.match (
  id text primary key,
  entity text not null,
  one text not null,
  other text not null,
  rule text not null,
  key text not null,
  state text not null,
  since timestamptz not null,
  decided_at timestamptz,
  decided_by text,
  reason text,
  survivor text,
  before jsonb not null default '{}',
  seen jsonb not null default '[]',
  unique (entity, one, other, rule, key)
);
create index match_other on tierlink.match (other);
create index match_open on tierlink.match (entity) where state = 'open';
create table tierlink.apart (
  entity text not null,
  one text not null,
  other text not null,
  connection text,
  object text,
  crm_id text,
  since timestamptz not null,
  decided_by text not null,
  reason text,
  primary key (entity, one, other)
);
create index apart_other on tierlink.apart (other);
create table tierlink.audit (
  id bigint generated always as identity primary key,
  at timestamptz not null,
  run_id text,
  connection text not null,
  object text not null,
  crm_id text,
  entity text not null,
  record_id text not null,
  action text not null,
  before jsonb,
  after jsonb,
  actor text not null,
  why text,
  decision_id text,
  plan_id text
);
create index audit_record on tierlink.audit (entity, record_id, at);
create index audit_at on tierlink.audit (at, id);
create index audit_run on tierlink.audit (run_id) where run_id is not null;
create table tierlink.unsealed (audit_id bigint primary key);
create table tierlink.seal (
  seq bigint primary key,
  audit_id bigint not null unique,
  at timestamptz not null,
  entry_hash text not null,
  hash text not null
);
create table tierlink.chain (
  id integer primary key,
  seq bigint not null,
  hash text not null,
  pruned_seq bigint not null,
  pruned_hash text not null,
  pruned_at timestamptz,
  pruned_to timestamptz
);`;

export const initial: Migration = {
  version: 1,
  name: 'initial',
  sql: [
    'create schema if not exists tierlink;',
    connections,
    records,
    sync,
    verification,
    results,
    closedPeriods,
  ].join('\n'),
};
