/** Periods that were signed off, and what was. Part of the initial migration. */
export const closedPeriods = `
create table tierlink.period_close (
  id text primary key,
  program text not null,
  period text not null,
  starts_on date not null,
  ends_on date not null,
  program_version text not null,
  program_hash text not null,
  closed_at timestamptz not null,
  closed_by text not null,
  note text,
  reconstructed text,
  hash text not null,
  reopened_at timestamptz,
  reopened_by text,
  reopened_reason text
);
create unique index period_close_in_force on tierlink.period_close (program, period) where reopened_at is null;
create table tierlink.period_close_partner (
  close_id text not null,
  partner_id text not null,
  name text,
  ladder text,
  tier text,
  status text,
  decision_id text,
  figures jsonb not null,
  evidence jsonb,
  beside jsonb not null,
  primary key (close_id, partner_id)
);`;
