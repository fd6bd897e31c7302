/** What was found by comparing both sides, of the initial schema. */
export const verification = `
create table tierlink.verification (
  connection text not null,
  object text not null,
  entity text not null,
  state text not null,
  reason jsonb,
  verified_to timestamptz,
  checked_at timestamptz not null,
  run_id text not null,
  primary key (connection, object, entity)
);
create table tierlink.verification_month (
  connection text not null,
  object text not null,
  entity text not null,
  month text not null,
  counted integer not null,
  linked integer not null,
  aside integer not null,
  unsettled boolean not null default false,
  counted_at timestamptz not null,
  compared_at timestamptz,
  compared_with text,
  theirs text,
  ours text,
  primary key (connection, object, entity, month)
);
create table tierlink.mismatch (
  connection text not null,
  object text not null,
  entity text not null,
  crm_id text not null,
  cause text not null,
  settled boolean not null,
  month text not null,
  record_id text,
  attributes text[] not null,
  since timestamptz not null,
  primary key (connection, object, entity, crm_id, cause)
);
create index mismatch_cause on tierlink.mismatch (cause);`;
