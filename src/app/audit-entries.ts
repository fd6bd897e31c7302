import type { App } from '../app.ts';
import { type EntityName, entities } from '../model/entities.ts';
import type { Executor } from '../store/store.ts';
import { readableMappings } from '../sync/engine.ts';
import { creditRoleOf } from '../sync/mapping/on-create.ts';
import { recordNames } from '../sync/records/record-names.ts';
import { tierLabel } from './standings.ts';

/** Which entries of the audit are meant; all that is given must hold, nothing given means all. */
export interface AuditFilter {
  connection?: string | undefined;
  /** ISO instants; from the first one on, before the second. */
  since?: string | undefined;
  until?: string | undefined;
  /** Our id: of the partner itself, and what is credited to it, works for it or was decided about it. */
  partnerId?: string | undefined;
  /** Names of attributes, of which one was changed. */
  attributes?: readonly string[] | undefined;
  runId?: string | undefined;
  action?: string | undefined;
  /** Who did it, in any case. */
  actor?: string | undefined;
  planId?: string | undefined;
}

/** A value before and after, exactly and as people read it. */
export interface AuditChange {
  attribute: string;
  /** What the mapping calls it; else the name of the attribute in words. */
  label: string;
  before: unknown;
  after: unknown;
  /** Name of the record that the value refers to, or label of the tier; null for other values. */
  beforeName: string | null;
  afterName: string | null;
}

/** An entry of the audit in words of the business. */
export interface AuditLine {
  /** Number of its line in the chain; null while it has none. */
  line: number | null;
  at: string;
  actor: string;
  action: string;
  connection: string | null;
  object: string | null;
  crmId: string | null;
  entity: string;
  recordId: string;
  name: string | null;
  changes: AuditChange[];
  why: string | null;
  runId: string | null;
  /** What was decided, in a sentence. */
  decision: { id: string; summary: string | null } | null;
  planId: string | null;
}

interface Row extends Omit<AuditLine, 'line' | 'changes' | 'name' | 'decision'> {
  id: string;
  /** The exact instant, for the next page. */
  exactAt: string;
  line: string | null;
  before: unknown;
  after: unknown;
  decisionId: string | null;
  summary: string | null;
}

const pageSize = 1_000;

/** How many entries are meant. */
export async function countAudit(executor: Executor, filter: AuditFilter): Promise<number> {
  const [row] = await executor.query<{ entries: number }>(
    `${ofPartnerSql(filter)} select count(*)::integer as entries from tierlink.audit a where ${whereSql}`,
    parametersOf(filter),
  );
  return row!.entries;
}

/** One page of the entries that are meant, the newest first. */
export async function auditPage(
  app: Source,
  filter: AuditFilter,
  page: { offset: number; limit: number },
): Promise<AuditLine[]> {
  const rows = await app.store.query<Row & Record<string, unknown>>(
    `${selectSql(filter)} order by a.at desc, a.id desc offset $10 limit $11`,
    [...parametersOf(filter), page.offset, page.limit],
  );
  return await inWords(app, rows);
}

/** All entries that are meant, the newest first, page by page; what is added meanwhile is not among them. */
export async function* auditPages(app: Source, filter: AuditFilter): AsyncGenerator<AuditLine[]> {
  let last: Row | undefined;
  do {
    const rows: Row[] = await app.store.query<Row & Record<string, unknown>>(
      `${selectSql(filter)} and ($10::timestamptz is null or (a.at, a.id) < ($10::timestamptz, $11::bigint))
       order by a.at desc, a.id desc limit ${pageSize}`,
      [...parametersOf(filter), last?.exactAt ?? null, last?.id ?? null],
    );
    if (rows.length > 0) yield await inWords(app, rows);
    last = rows.length < pageSize ? undefined : rows.at(-1);
  } while (last !== undefined);
}

type Source = Pick<App, 'store' | 'connections' | 'program'>;

/** The partner with those merged into it, and all records that are about one of them. */
function ofPartnerSql({ partnerId }: AuditFilter): string {
  const own =
    partnerId === undefined ? `select null::text as entity, null::text as id where false` : aboutFamily;
  return `with recursive family(id) as (
      select $4::text
      union
      select p.id from family f join tierlink.partner p on p.merged_into = f.id),
    about as materialized (${own})`;
}

const aboutFamily = `select 'partner' as entity, id from family
    union all select 'person', r.id from tierlink.person r join family f on f.id = r.partner
    union all select 'lead', r.id from tierlink.lead r join family f on f.id = r.partner
    union all select 'credit', r.id from tierlink.credit r join family f on f.id = r.partner
    union all select 'deal', r.deal from tierlink.credit r join family f on f.id = r.partner where r.deal is not null
    union all select 'certification', r.id from tierlink.certification r join family f on f.id = r.partner
    union all select 'certification', r.id from tierlink.certification r join tierlink.person e on e.id = r.person
      join family f on f.id = e.partner
    union all select 'case', r.id from tierlink.support_case r join family f on f.id = r.partner
    union all select 'fact', r.id from tierlink.fact r join family f on f.id = r.partner
    union all select 'kpiPeriod', r.id from tierlink.kpi_period r join family f on f.id = r.partner_id
    union all select 'decision', r.id from tierlink.decision r join family f on f.id = r.partner_id
    union all select 'membership', r.id from tierlink.tier_state r join family f on f.id = r.partner_id`;

/** What was taken from the partner is about it as well. */
const whereSql = `($1::text is null or a.connection = $1)
    and ($2::timestamptz is null or a.at >= $2) and ($3::timestamptz is null or a.at < $3)
    and ($4::text is null or (a.entity, a.record_id) in (select entity, id from about)
      or a.before ->> 'partner' in (select id from family) or a.after ->> 'partner' in (select id from family))
    and ($5::text[] is null or exists (select from unnest($5::text[]) n
      where (a.before ? n or a.after ? n) and a.before -> n is distinct from a.after -> n))
    and ($6::text is null or a.run_id = $6) and ($7::text is null or a.action = $7)
    and ($8::text is null or lower(a.actor) = lower($8)) and ($9::text is null or a.plan_id = $9)`;

function parametersOf(filter: AuditFilter): unknown[] {
  const { connection, since, until, partnerId, attributes, runId, action, actor, planId } = filter;
  const named = attributes === undefined ? undefined : [...attributes];
  return [connection, since, until, partnerId, named, runId, action, actor, planId].map(
    (each) => each ?? null,
  );
}

function selectSql(filter: AuditFilter): string {
  return `${ofPartnerSql(filter)}
    select a.id, a.at, a.at::text as "exactAt", s.seq as line, a.actor, a.action, nullif(a.connection, '') as connection,
      nullif(a.object, '') as object, a.crm_id as "crmId", a.entity, a.record_id as "recordId", a.before, a.after, a.why,
      a.run_id as "runId", a.decision_id as "decisionId", d.summary, a.plan_id as "planId"
    from tierlink.audit a left join tierlink.seal s on s.audit_id = a.id left join tierlink.decision d on d.id = a.decision_id
    where ${whereSql}`;
}

async function inWords(app: Source, rows: readonly Row[]): Promise<AuditLine[]> {
  const labels = attributeLabels(app);
  const names = await namesIn(app.store, rows);
  return rows.map(({ id: _id, exactAt: _exactAt, before, after, decisionId, summary, ...row }) => ({
    ...row,
    line: row.line === null ? null : Number(row.line),
    name: names.get(`${row.entity} ${row.recordId}`) ?? closedPeriod(row.entity, after),
    changes: changesOf(before, after).map((change) => {
      const to = refOf(row.entity, change.attribute);
      const nameOf = (value: unknown) =>
        isTier(change.attribute)
          ? tierName(app.program, value)
          : (names.get(`${to} ${String(value)}`) ?? null);
      return {
        ...change,
        label: labels(row, change.attribute),
        beforeName: nameOf(change.before),
        afterName: nameOf(change.after),
      };
    }),
    decision: decisionId === null ? null : { id: decisionId, summary },
  }));
}

/** The period that somebody signed off or opened again, by which people know a sign-off; null for anything else. */
function closedPeriod(entity: string, after: unknown): string | null {
  const { period } = valuesOf(after);
  return entity === 'periodClose' && typeof period === 'string' ? period : null;
}

/** The attributes whose values differ, in the order in which they were kept. */
function changesOf(
  before: unknown,
  after: unknown,
): { attribute: string; before: unknown; after: unknown }[] {
  const [was, is] = [valuesOf(before), valuesOf(after)];
  const attributes = [...new Set([...Object.keys(is), ...Object.keys(was)])];
  return attributes
    .map((attribute) => ({ attribute, before: was[attribute] ?? null, after: is[attribute] ?? null }))
    .filter((change) => JSON.stringify(change.before) !== JSON.stringify(change.after));
}

function valuesOf(value: unknown): Record<string, unknown> {
  return typeof value === 'object' && value !== null ? (value as Record<string, unknown>) : {};
}

/** What a person decided names a tier by its key; what was written to a CRM, by its label. */
function isTier(attribute: string): boolean {
  return attribute === 'tier' || attribute === 'fromTier' || attribute === 'toTier';
}

function tierName(program: App['program'], value: unknown): string | null {
  if (typeof value !== 'string') return null;
  const label = tierLabel(program, value);
  return label === value ? null : label;
}

/** The entity that a value is the id of. */
function refOf(entity: string, attribute: string): EntityName | null {
  if (!isEntity(entity)) return null;
  // What matches and unmatches says which record became a part of which.
  if (attribute === 'record') return entity;
  if (creditRoleOf(attribute) !== null) return 'partner';
  return entities[entity].attributes[attribute]?.to ?? null;
}

function isEntity(name: string): name is EntityName {
  return name in entities;
}

/** Names of the records, and of those that their values refer to, by entity and id. */
async function namesIn(executor: Executor, rows: readonly Row[]): Promise<Map<string, string>> {
  const wanted = new Map<EntityName, Set<string>>();
  const want = (entity: EntityName | null, id: unknown) => {
    if (entity === null || typeof id !== 'string') return;
    wanted.set(entity, (wanted.get(entity) ?? new Set()).add(id));
  };
  for (const { entity, recordId, before, after } of rows) {
    if (isEntity(entity)) want(entity, recordId);
    for (const change of changesOf(before, after)) {
      const to = refOf(entity, change.attribute);
      want(to, change.before);
      want(to, change.after);
    }
  }
  const names = new Map<string, string>();
  for (const [entity, ids] of wanted)
    for (const [id, name] of await recordNames(executor, entity, [...ids]))
      names.set(`${entity} ${id}`, name);
  return names;
}

/** What the mappings of a connection call an attribute; else its own name in words: tierNextReview, "Tier next review". */
function attributeLabels({ connections }: Pick<App, 'connections'>) {
  const known = new Map<string, string>();
  for (const connection of connections)
    for (const mapping of readableMappings(connection) ?? [])
      for (const [attribute, { label }] of Object.entries(mapping.attributes))
        if (label !== undefined) known.set(labelKey(connection.alias, mapping, attribute), label);
  return ({ connection, object, entity }: Pick<Row, 'connection' | 'object' | 'entity'>, attribute: string) =>
    known.get(labelKey(connection, { object, entity }, attribute)) ?? inPlainWords(attribute);
}

function labelKey(
  connection: string | null,
  { object, entity }: { object: string | null; entity: string },
  attribute: string,
): string {
  return JSON.stringify([connection, object, entity, attribute]);
}

function inPlainWords(attribute: string): string {
  const role = creditRoleOf(attribute);
  if (role !== null) return `Partner credited as ${role}`;
  const words = attribute
    .replace(/^extra\./, '')
    .replace(/([a-z\d])([A-Z])/g, '$1 $2')
    .replaceAll('_', ' ')
    .toLowerCase();
  return words.slice(0, 1).toUpperCase() + words.slice(1);
}

/**
 * The attributes that a word names: one of ours, a label or a field of a mapping, in any case. Empty where it names none
 * that the mappings, the program model or the audit know.
 */
export async function attributesNamed(app: Source, word: string): Promise<string[]> {
  const wanted = word.toLowerCase();
  const found = new Set<string>();
  const take = (attribute: string, ...names: (string | undefined)[]) => {
    if ([attribute, inPlainWords(attribute), ...names].some((name) => name?.toLowerCase() === wanted))
      found.add(attribute);
  };
  for (const { attributes } of Object.values(entities))
    for (const name of Object.keys(attributes)) take(name);
  for (const mapping of app.connections.flatMap((connection) => readableMappings(connection) ?? []))
    for (const [name, { label, field }] of Object.entries(mapping.attributes)) take(name, label, field);
  for (const name of await keysIn(app.store)) take(name);
  return [...found].sort();
}

/** What entries are about beside attributes, such as settings. */
async function keysIn(executor: Executor): Promise<string[]> {
  const rows = await executor.query<{ name: string }>(
    `select distinct k.name from tierlink.audit a,
       lateral (select jsonb_object_keys(case jsonb_typeof(a.after) when 'object' then a.after else '{}' end) as name) k
     where a.entity not in ('partner', 'person', 'deal', 'credit', 'customer')`,
  );
  return rows.map(({ name }) => name);
}

/** Every action that the audit holds. */
export async function actionsIn(executor: Executor): Promise<string[]> {
  const rows = await executor.query<{ action: string }>(
    'select distinct action from tierlink.audit order by action',
  );
  return rows.map(({ action }) => action);
}
