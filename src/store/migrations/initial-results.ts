/** Programs, KPI values, tiers and decisions of the initial schema. */
export const results = `
create table tierlink.program_version (
  program text not null,
  version text not null,
  valid_from date not null,
  hash text not null,
  source text not null,
  loaded_at timestamptz not null,
  primary key (program, version, hash)
);
create table tierlink.dirty_partner (
  partner_id text not null,
  entity text not null,
  since timestamptz not null,
  set_aside boolean not null default false,
  primary key (partner_id, entity, set_aside)
);
create sequence tierlink.kpi_turn;
create table tierlink.kpi_value (
  program text not null,
  partner_id text not null,
  kpi text not null,
  as_of date not null,
  state text not null,
  numerator numeric,
  denominator numeric,
  currency text,
  counted integer not null default 0,
  excluded integer not null default 0,
  inputs_complete_to timestamptz,
  next_change_at timestamptz,
  computed_at timestamptz not null,
  detail jsonb not null default '{}',
  primary key (program, partner_id, kpi)
);
-- No plan goes by how often a detail says something, and samples of it take most of the time of statistics.
alter table tierlink.kpi_value alter column detail set statistics 0;
create index kpi_value_open on tierlink.kpi_value (program, partner_id) where state = 'error' or detail ? 'doubt';
create index kpi_value_next_change on tierlink.kpi_value (program, next_change_at) where next_change_at is not null;
create table tierlink.partner_track (
  program text not null,
  partner_id text not null,
  since date not null,
  track text not null,
  until date not null,
  given_at timestamptz not null,
  primary key (program, partner_id, since)
);
create table tierlink.track_due (
  program text not null,
  partner_id text not null,
  due_at timestamptz not null,
  waits_for jsonb,
  primary key (program, partner_id)
);
create index track_due_at on tierlink.track_due (program, due_at);
create table tierlink.rank_member (
  program text not null,
  kpi text not null,
  partner_id text not null,
  group_key text not null,
  primary key (program, partner_id, kpi)
);
create index rank_member_group on tierlink.rank_member (program, kpi, group_key);
create table tierlink.dirty_group (
  program text not null,
  kpi text not null,
  group_key text not null,
  since timestamptz not null,
  primary key (program, kpi, group_key)
);
create table tierlink.kpi_period (
  id text primary key,
  program text not null,
  partner_id text not null,
  period text not null,
  starts_on date not null,
  ends_on date not null,
  currency text not null,
  fit numeric,
  figures jsonb not null,
  changed_at timestamptz not null,
  unique (program, partner_id, period)
);
alter table tierlink.kpi_period alter column figures set statistics 0;
create table tierlink.tier_state (
  id text not null unique,
  program text not null,
  ladder text not null,
  partner_id text not null,
  tier text,
  since date,
  status text not null,
  computed_tier text,
  next_review date,
  ramp_until date,
  grace_until date,
  below_since date,
  warned_on date,
  mode text not null default 'shadow',
  adopted jsonb,
  frozen_reason jsonb,
  may_reach jsonb,
  pending jsonb,
  inherited_from text,
  override_id text,
  beside boolean not null default false,
  locked_until date,
  more_up_on date,
  summary text,
  missing jsonb not null default '[]',
  decision_id text,
  evaluate_at timestamptz,
  evaluated_at timestamptz,
  closed_at timestamptz,
  closed_reason text,
  changed_at timestamptz not null,
  primary key (program, partner_id, ladder)
);
create index tier_state_evaluate on tierlink.tier_state (program, evaluate_at);
create index tier_state_partner on tierlink.tier_state (partner_id);
create index tier_state_frozen on tierlink.tier_state (program) where frozen_reason is not null;
create index tier_state_may_reach on tierlink.tier_state (program) where may_reach is not null and inherited_from is null;
create table tierlink.ladder_change (
  program text not null,
  ladder text not null,
  partner_id text not null,
  at timestamptz not null,
  change text not null,
  tier text,
  moved text,
  primary key (program, partner_id, ladder, at, change)
);
create table tierlink.newcomer (
  program text not null,
  partner_id text not null,
  evaluate_at timestamptz,
  primary key (program, partner_id)
);
create table tierlink.decision (
  id text primary key,
  program text not null,
  program_version text not null,
  ladder text not null,
  partner_id text not null,
  decided_at timestamptz not null,
  effective_on date not null,
  movement text not null,
  from_tier text,
  to_tier text,
  computed_tier text,
  status text not null,
  summary text not null,
  evidence jsonb not null,
  mode text not null,
  inputs_complete_to timestamptz,
  run_id text
);
-- Evidence is most of what is written of a tier, and most of that time goes into making it smaller. lz4 takes a fraction of
-- it; a server that was built without, and the embedded one, go on as they are.
do $$ begin
  execute 'alter table tierlink.decision alter column evidence set compression lz4';
exception when feature_not_supported or syntax_error then null;
end $$;
create index decision_partner on tierlink.decision (partner_id, decided_at);
create index decision_ladder on tierlink.decision (program, ladder, decided_at);
create index decision_program on tierlink.decision (program, decided_at);
create table tierlink.tier_override (
  id text primary key,
  program text not null,
  ladder text not null,
  partner_id text not null,
  tier text not null,
  reason text not null,
  author text not null,
  from_on date not null,
  until_on date not null,
  created_at timestamptz not null,
  ended_at timestamptz,
  ended_reason text
);
create index tier_override_partner on tierlink.tier_override (partner_id);
create table tierlink.waiver (
  id text primary key,
  program text not null,
  ladder text not null,
  partner_id text not null,
  tier text not null,
  requirement text not null,
  reason text not null,
  author text not null,
  from_on date not null,
  until_on date not null,
  created_at timestamptz not null,
  ended_at timestamptz,
  ended_reason text
);
create index waiver_partner on tierlink.waiver (partner_id);
create sequence tierlink.approval_number;
create table tierlink.approval (
  id text primary key,
  program text not null,
  program_version text not null,
  state text not null,
  because text not null,
  as_of date not null,
  run_id text,
  created_at timestamptz not null,
  decided_at timestamptz,
  decided_by text,
  reason text
);
create index approval_waiting on tierlink.approval (program) where state in ('open', 'approved');
create table tierlink.approval_item (
  approval_id text not null,
  partner_id text not null,
  ladder text not null,
  direction text not null,
  from_tier text,
  to_tier text,
  why text not null,
  key text not null,
  state text not null,
  note text,
  until_on date,
  decision_id text,
  primary key (approval_id, partner_id, ladder)
);
create index approval_item_partner on tierlink.approval_item (partner_id) where state in ('open', 'approved', 'rejected');`;
