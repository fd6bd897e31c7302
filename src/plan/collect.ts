import { type EntityName, entities } from '../model/entities.ts';
import { filesAlias } from '../model/record-id.ts';
import type { Program } from '../program/load.ts';
import type { Executor } from '../store/store.ts';
import type { PassConnection } from '../sync/engine.ts';
import { suggestLinks } from '../sync/links/suggest.ts';
import { createdAttributes } from '../sync/mapping/on-create.ts';
import { planMapping } from '../sync/mapping/plan.ts';
import type { ObjectMapping } from '../sync/mapping/schema.ts';
import { listMatches } from '../sync/match/matches.ts';
import type { Rehearsed } from '../sync/pass/pass.ts';
import { listDifferences } from '../sync/push/differences.ts';
import type { PreviewedWrite } from '../sync/push/preview.ts';
import { adviceOf, listRejects } from '../sync/push/rejects.ts';
import { recordAddress } from '../sync/records/record-address.ts';
import { recordNames } from '../sync/records/record-names.ts';
import {
  itemKey,
  type PlanItem,
  type PlannedDifference,
  type PlannedInvalid,
  type PlannedLink,
  type PlannedMerge,
  type PlannedWrite,
} from './item.ts';
import { movesOf, tierMoveOfValues, tierMovesOf } from './moves.ts';
import { partnersOf } from './partners-of.ts';

export interface Collecting {
  executor: Executor;
  program: Program;
  connections: readonly PassConnection[];
  rehearsed: Rehearsed;
  /** Feeds that had been read to their end before, as `connection object entity`: what is new in others is a first load. */
  known: ReadonlySet<string>;
  /** When the rehearsal began, ISO instant. */
  began: string;
}

/** What a pass would leave to be done or decided, read inside its rehearsal; without the CRM's own stamps. */
export async function collectItems(collecting: Collecting): Promise<PlanItem[]> {
  return [
    ...(await differencesOf(collecting)),
    ...(await movesOf(collecting)),
    ...(await writesOf(collecting)),
    ...(await linksOf(collecting)),
    ...(await mergesOf(collecting)),
    ...(await invalidOf(collecting)),
  ];
}

/** Values that are the moment of writing: they are other ones each time, and say nothing about the record. */
const moments: Partial<Record<EntityName, readonly string[]>> = {
  decision: ['decidedAt'],
  membership: ['endedAt'],
};

function isMoment(entity: EntityName, attribute: string): boolean {
  return moments[entity]?.includes(attribute) === true;
}

async function writesOf(collecting: Collecting): Promise<PlannedWrite[]> {
  const { executor, rehearsed } = collecting;
  const items: PlannedWrite[] = [];
  for (const { connection: alias, preview } of rehearsed.connections) {
    const writes = preview?.writes ?? [];
    const decided = await tierMovesOf(collecting, writes);
    const created = new Map<string, PlannedWrite['after']>();
    for (const { entity, object, recordId, crmId, name } of writes)
      if (crmId === null) {
        const of = `${entity} ${recordId}`;
        const item = { key: itemKey('write', alias, object, entity, recordId), name };
        created.set(of, [...(created.get(of) ?? []), item]);
      }
    for (const [entity, own] of byEntity(writes, ({ entity }) => entity)) {
      const ids = own.map(({ recordId }) => recordId);
      const partners = await partnersOf(executor, entity, ids);
      for (const write of own) {
        const { object, recordId, crmId, name, decisionId } = write;
        items.push({
          kind: crmId === null ? 'create' : 'update',
          key: itemKey('write', alias, object, entity, crmId ?? recordId),
          ...placeOf(collecting, { connection: alias, object, entity, recordId, crmId }),
          name,
          partners: partners.get(recordId) ?? [],
          seenAt: null,
          decisionId,
          tier:
            tierMoveOfValues(collecting.program, entity, write.changes) ??
            (decisionId === null ? null : (decided.get(decisionId) ?? null)),
          after: write.after.flatMap(({ entity, recordId }) => created.get(`${entity} ${recordId}`) ?? []),
          changes: changesOf(collecting, alias, write),
        });
      }
    }
  }
  return items;
}

function changesOf(
  { connections }: Collecting,
  alias: string,
  { object, entity, changes }: PreviewedWrite,
): PlannedWrite['changes'] {
  const mappings = mappingsOf(connections, alias);
  return changes.map(({ attribute, before, after }) => ({
    attribute,
    label: fieldOf(mappings, { object, entity, attribute }),
    before,
    after,
    moment: isMoment(entity, attribute),
    choice: 'ours' as const,
  }));
}

function mappingsOf(connections: readonly PassConnection[], alias: string): readonly ObjectMapping[] {
  return connections.find((connection) => connection.alias === alias)?.mappings() ?? [];
}

/** The CRM's field that an attribute is kept in. */
function fieldOf(
  mappings: readonly ObjectMapping[],
  of: { object: string; entity: EntityName; attribute: string },
): string {
  const mapping = mappings.find(({ object, entity }) => object === of.object && entity === of.entity);
  if (mapping === undefined) return of.attribute;
  const { attributes, credits } = planMapping(mapping);
  const sent = [...createdAttributes({ attributes, credits }), ...attributes];
  return sent.find(({ attribute }) => attribute === of.attribute)?.field ?? of.attribute;
}

/** Where a record is, with its address. */
function placeOf<C extends string | null>(
  { connections }: Collecting,
  place: { connection: string; object: string; entity: EntityName; recordId: string; crmId: C },
): typeof place & { url: string | null } {
  const connection = connections.find(({ alias }) => alias === place.connection);
  const { object, crmId } = place;
  return {
    ...place,
    url: connection && crmId !== null ? recordAddress(connection, { object, crmId }) : null,
  };
}

async function differencesOf(collecting: Collecting): Promise<PlannedDifference[]> {
  const { executor, connections } = collecting;
  const items: PlannedDifference[] = [];
  for (const { alias } of connections) {
    const differences = await listDifferences(executor, { connection: alias });
    for (const [entity, own] of byEntity(differences, (each) => each.entity)) {
      const ids = own.map((each) => each.record_id);
      const names = await recordNames(executor, entity, ids);
      const partners = await partnersOf(executor, entity, ids);
      for (const difference of own) {
        const { object, attribute, crm_id: crmId, record_id: recordId } = difference;
        items.push({
          kind: difference.kind,
          key: itemKey('difference', alias, object, entity, crmId, attribute),
          ...placeOf(collecting, { connection: alias, object, entity, recordId, crmId }),
          name: names.get(recordId) ?? null,
          partners: partners.get(recordId) ?? [],
          seenAt: null,
          attribute,
          label: fieldOf(mappingsOf(connections, alias), { object, entity, attribute }),
          agreed: difference.base as PlannedDifference['agreed'],
          ours: difference.ours,
          theirs: difference.theirs,
          theirUser: difference.their_user,
          theirUserName: difference.their_user_name,
          theirAt: difference.their_at,
          choice: 'skip',
        });
      }
    }
  }
  return items;
}

interface LinkRow {
  connection: string;
  object: string;
  entity: EntityName;
  record_id: string;
  crm_id: string;
  state: string;
}

/**
 * Links that the rehearsal made or ended. Those of a first load are the load itself, and are counted with it; but what was
 * found to be a registration stands for a create that is none.
 */
async function linksOf(collecting: Collecting): Promise<PlannedLink[]> {
  const { executor, connections, known, began, rehearsed } = collecting;
  const rows = await executor.query<LinkRow & Record<string, unknown>>(
    `select connection, object, entity, record_id, crm_id, state from tierlink.link
     where connection = any($1::text[])
       and (connection || ' ' || object || ' ' || entity = any($2::text[]) or (connection, object, entity, crm_id) in (
         select a.connection, a.object, a.entity, a."crmId" from jsonb_to_recordset($4::jsonb)
           as a(connection text, object text, entity text, "crmId" text)))
       and (linked_at >= $3::timestamptz or (state <> 'live' and changed_at >= $3::timestamptz))
     order by connection, object, entity, crm_id collate "C"`,
    [connections.map(({ alias }) => alias), [...known], began, JSON.stringify(rehearsed.adopted)],
  );
  const items: PlannedLink[] = [];
  for (const [entity, own] of byEntity(rows, (row) => row.entity)) {
    const ids = own.map((row) => row.record_id);
    const names = await recordNames(executor, entity, ids);
    const partners = await partnersOf(executor, entity, ids);
    for (const { connection, object, record_id: recordId, crm_id: crmId, state } of own) {
      items.push({
        kind: state === 'live' ? 'link' : 'unlink',
        key: itemKey('link', connection, object, entity, crmId),
        ...placeOf(collecting, { connection, object, entity, recordId, crmId }),
        name: names.get(recordId) ?? null,
        partners: partners.get(recordId) ?? [],
        state,
      });
    }
  }
  return items;
}

/** Records that may be one: across connections by their matches, within one where two of its records are one of ours. */
async function mergesOf(collecting: Collecting): Promise<PlannedMerge[]> {
  const { executor, connections } = collecting;
  const open = await listMatches(executor, { state: 'open' });
  const across = open.map(
    ({ entity, one, other, rule, key }): PlannedMerge => ({
      kind: 'merge',
      key: itemKey('merge', entity, one.id, other.id),
      entity,
      connection: null,
      object: null,
      records: [one, other].map(({ id, name }) => ({ recordId: id, name, crmIds: [] })),
      partners: entity === 'partner' ? [one.id, other.id] : [],
      why: `the same ${rule}: ${key}`,
    }),
  );
  const twice: PlannedMerge[] = [];
  for (const { alias, mappings } of connections) {
    for (const mapping of mappings().filter(({ entity, of }) => of === undefined && isNamed(entity))) {
      const { object, entity } = mapping;
      const rows = await executor.query<{ record_id: string; ids: string[] }>(
        `select record_id, array_agg(crm_id order by linked_at, crm_id collate "C") as ids from tierlink.link
         where connection = $1 and object = $2 and entity = $3 and state = 'live'
         group by record_id having count(*) > 1 order by record_id collate "C"`,
        [alias, object, entity],
      );
      const names = await recordNames(
        executor,
        entity,
        rows.map((row) => row.record_id),
      );
      for (const { record_id: recordId, ids } of rows) {
        twice.push({
          kind: 'merge',
          key: itemKey('merge', alias, object, entity, recordId),
          entity,
          connection: alias,
          object,
          records: [{ recordId, name: names.get(recordId) ?? null, crmIds: ids }],
          partners: entity === 'partner' ? [recordId] : [],
          why: `one record of the program is ${ids.length} records of ${object}`,
        });
      }
    }
  }
  return [...across, ...twice, ...(await registrationsOf(collecting))];
}

/** Deals and leads that are not created, because each may be one that the CRM has. */
async function registrationsOf({ executor, connections }: Collecting): Promise<PlannedMerge[]> {
  const found = await suggestLinks(executor, { connections, kind: 'registration', atLeast: 0 });
  const items: PlannedMerge[] = [];
  for (const { entity, one, other, score, reasons } of found) {
    const partners = await partnersOf(executor, entity, [one.recordId, other.recordId]);
    const there = other.links.find(({ connection }) => connections.some(({ alias }) => alias === connection));
    items.push({
      kind: 'merge',
      key: itemKey('merge', entity, one.recordId, other.recordId),
      entity,
      connection: there?.connection ?? null,
      object: there?.object ?? null,
      records: [one, other].map(({ recordId, name, links }) => ({
        recordId,
        name,
        crmIds: links.filter(({ connection }) => connection !== filesAlias).map(({ crmId }) => crmId),
      })),
      partners: [...new Set([...partners.values()].flat())].sort(),
      why: `${reasons.join('; ')} (${score} of 100)`,
    });
  }
  return items;
}

function isNamed(entity: EntityName): boolean {
  return entities[entity].origin === 'crm' && 'name' in entities[entity].attributes;
}

async function invalidOf(collecting: Collecting): Promise<PlannedInvalid[]> {
  const { executor, connections } = collecting;
  const items: PlannedInvalid[] = [];
  for (const { alias } of connections) {
    const rejects = await listRejects(executor, { connection: alias, ignored: false });
    for (const [entity, own] of byEntity(rejects, (each) => each.entity as EntityName)) {
      const ids = own.map((each) => each.record_id).filter((id) => id !== '');
      const names = await recordNames(executor, entity, ids);
      const partners = await partnersOf(executor, entity, ids);
      for (const {
        object,
        crm_id: crmId,
        record_id: recordId,
        attribute,
        code,
        message,
        retry,
        payload,
      } of own) {
        items.push({
          kind: 'invalid',
          key: itemKey('invalid', alias, object, entity, crmId, recordId, attribute, code),
          ...placeOf(collecting, {
            connection: alias,
            object,
            entity,
            recordId,
            crmId: crmId === '' ? null : crmId,
          }),
          name: names.get(recordId) ?? null,
          partners: partners.get(recordId) ?? [],
          field: typeof payload.field === 'string' ? payload.field : attribute,
          code,
          message,
          owner: adviceOf({ code, retry }).owner,
        });
      }
    }
  }
  return items;
}

function byEntity<T>(rows: readonly T[], entityOf: (row: T) => EntityName): Map<EntityName, T[]> {
  const found = new Map<EntityName, T[]>();
  for (const row of rows) {
    const entity = entityOf(row);
    const own = found.get(entity);
    if (own === undefined) found.set(entity, [row]);
    else own.push(row);
  }
  return found;
}
