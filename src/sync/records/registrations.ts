import type { EntityName } from '../../model/entities.ts';
import { filesAlias } from '../../model/record-id.ts';
import { alive } from '../../store/alive.ts';
import type { Executor } from '../../store/store.ts';
import type { MappingPlan } from '../mapping/plan.ts';
import type { ObjectMapping } from '../mapping/schema.ts';
import { apartPairs, pairKey } from './apart.ts';
import type { LinkPlace } from './links.ts';
import { loadRecords } from './record-rows.ts';
import {
  type Candidate,
  isRegistered,
  judgeCandidates,
  type RegisteredEntity,
  type Registrable,
} from './registration-likeness.ts';

/** Where what partners register is created in a CRM, and so looked for first. */
export interface RegistrationPlace extends LinkPlace {
  entity: RegisteredEntity;
}

/** The place of a mapping by which deals or leads are created in the CRM; null for every other mapping. */
export function registrationPlace(
  connection: string,
  { object, entity, create, key }: Pick<ObjectMapping, 'object' | 'entity' | 'create' | 'key'>,
): RegistrationPlace | null {
  return create && key !== undefined && isRegistered(entity) ? { connection, object, entity } : null;
}

/** The same for a mapping that was planned. */
export function placeOfPlan(connection: string, { mapping }: MappingPlan): RegistrationPlace | null {
  return registrationPlace(connection, mapping);
}

/**
 * For each of these records of ours, what is open in the CRM and may be the same: of the same customer or name, of leads
 * with the same address or company. What a person keeps apart from it is none. Records without any are left out. So many
 * statements, however many records there are.
 */
export async function findCandidates(
  executor: Executor,
  place: RegistrationPlace,
  recordIds: readonly string[],
): Promise<Map<string, Candidate[]>> {
  if (recordIds.length === 0) return new Map();
  const registrations = await registrablesOf(executor, place.entity, recordIds);
  const ids = await openBeside(executor, place, [...registrations.values()]);
  if (ids.length === 0) return new Map();
  const others = await registrablesOf(executor, place.entity, ids);
  const apart = await apartPairs(executor, place.entity, [...recordIds, ...ids]);
  const byKey = new Map<string, Registrable[]>();
  for (const other of others.values())
    for (const key of sharedKeys(place.entity, other)) byKey.set(key, [...(byKey.get(key) ?? []), other]);
  const found = new Map<string, Candidate[]>();
  for (const [id, registration] of registrations) {
    // Not each with all of them: that would be as many comparisons as there are pairs.
    const beside = sharedKeys(place.entity, registration).flatMap((key) => byKey.get(key) ?? []);
    const candidates = [...new Set(beside)].filter(
      ({ recordId }) => recordId !== id && !apart.has(pairKey(id, recordId)),
    );
    const judged = judgeCandidates(place.entity, registration, candidates);
    if (judged.length > 0) found.set(id, judged);
  }
  return found;
}

/** What a record shares one of with each that it may be; openBeside asks the store for the same. */
function sharedKeys(entity: RegisteredEntity, { values, customer }: Registrable): string[] {
  const texts =
    entity === 'lead'
      ? { email: values.email, company: values.company }
      : { name: values.name, customerName: customer?.name };
  const keys = Object.entries(texts).flatMap(([what, text]) => {
    const word = wordOf(text);
    return word === null ? [] : [`${what} ${word}`];
  });
  const isOfCustomer = entity === 'deal' && typeof values.customer === 'string';
  return isOfCustomer ? [...keys, `customer ${values.customer}`] : keys;
}

/** Open records that are linked at the place and share a customer, a name, an address or a company with one of these. */
async function openBeside(
  executor: Executor,
  place: RegistrationPlace,
  registrations: readonly Registrable[],
): Promise<string[]> {
  const linked = `exists (select from tierlink.link l where l.entity = $1 and l.record_id = t.id and l.connection = $2
    and l.object = $3 and l.state = 'live')`;
  const words = (attribute: string) => registrations.flatMap(({ values }) => wordOf(values[attribute]) ?? []);
  const rows =
    place.entity === 'lead'
      ? await executor.query<{ id: string }>(
          `select t.id from tierlink.lead t where ${alive('t')} and t.is_converted is not true and ${linked}
             and (lower(btrim(t.email)) = any($4::text[]) or lower(btrim(t.company)) = any($5::text[])) order by t.id`,
          [place.entity, place.connection, place.object, words('email'), words('company')],
        )
      : await executor.query<{ id: string }>(
          `select t.id from tierlink.deal t where ${alive('t')} and t.is_closed is not true and t.is_won is not true
             and ${linked} and t.id in (
               select d.id from tierlink.deal d where lower(btrim(d.name)) = any($4::text[])
               union all select d.id from tierlink.deal d where d.customer = any($5::text[])
               union all select d.id from tierlink.customer c join tierlink.deal d on d.customer = c.id
                 where lower(btrim(c.name)) = any($6::text[]))
           order by t.id`,
          [
            place.entity,
            place.connection,
            place.object,
            words('name'),
            registrations.flatMap(({ values }) =>
              typeof values.customer === 'string' ? [values.customer] : [],
            ),
            registrations.flatMap(({ customer }) => wordOf(customer?.name) ?? []),
          ],
        );
  return rows.map(({ id }) => id);
}

function wordOf(value: unknown): string | null {
  const word = typeof value === 'string' ? value.trim().toLowerCase() : '';
  return word === '' ? null : word;
}

async function registrablesOf(
  executor: Executor,
  entity: RegisteredEntity,
  ids: readonly string[],
): Promise<Map<string, Registrable>> {
  const rows = await loadRecords(executor, entity, ids);
  const customerIds = [...rows.values()].flatMap(({ values }) =>
    typeof values.customer === 'string' ? [values.customer] : [],
  );
  const customers = await loadRecords(executor, 'customer', [...new Set(customerIds)]);
  const partners = entity === 'deal' ? await creditedBy(executor, ids) : new Map<string, string[]>();
  const taken = await takenOf(executor, entity, ids);
  return new Map(
    [...rows.values()].map((row): [string, Registrable] => [
      row.id,
      {
        recordId: row.id,
        values: row.values,
        customer: customers.get(String(row.values.customer))?.values ?? null,
        partners:
          partners.get(row.id) ?? (typeof row.values.partner === 'string' ? [row.values.partner] : []),
        isTaken: taken.has(row.id),
      },
    ]),
  );
}

async function creditedBy(executor: Executor, deals: readonly string[]): Promise<Map<string, string[]>> {
  const rows = await executor.query<{ deal: string; partners: string[] }>(
    `select deal, array_agg(distinct partner) as partners from tierlink.credit c
     where deal = any($1::text[]) and partner is not null and ${alive('c')} group by deal`,
    [[...deals]],
  );
  return new Map(rows.map(({ deal, partners }) => [deal, partners]));
}

/** Those that a file brought in: each has its own registration. */
async function takenOf(executor: Executor, entity: EntityName, ids: readonly string[]): Promise<Set<string>> {
  const rows = await executor.query<{ id: string }>(
    `select distinct record_id as id from tierlink.link
     where connection = $1 and entity = $2 and record_id = any($3::text[]) and state = 'live'`,
    [filesAlias, entity, [...ids]],
  );
  return new Set(rows.map(({ id }) => id));
}

/** SQL: what is over is not created, so it is not looked for. */
const isOpen: Readonly<Record<RegisteredEntity, string>> = {
  deal: 'r.is_closed is not true and r.is_won is not true',
  lead: 'r.is_converted is not true',
};

/** Open records that wait to be compared with what a connection holds, and that it does not hold at this place. */
export async function registrationsToLookAt(
  executor: Executor,
  { connection, object, entity }: RegistrationPlace,
): Promise<string[]> {
  const rows = await executor.query<{ id: string }>(
    `select r.id from tierlink.${entity} r
     where r.id in (select record_id from tierlink.comparison where connection = $1 and entity = $3
       union all select record_id from tierlink.registration where connection = $1 and object = $2 and entity = $3
       union all select record_id from tierlink.outbox where entity = $3)
       and ${alive('r')} and ${isOpen[entity]} and not exists (select from tierlink.link l where l.connection = $1
         and l.object = $2 and l.entity = $3 and l.record_id = r.id)
     order by r.id collate "C"`,
    [connection, object, entity],
  );
  return rows.map(({ id }) => id);
}

/**
 * Remembers which of the compared records were not created, because a person has to decide first. Nothing works on them
 * until the next push, which looks again: what may be the same can have been closed meanwhile.
 */
export async function keepUndecided(
  tx: Executor,
  { connection, plan }: { connection: string; plan: MappingPlan },
  of: {
    recordIds: readonly string[];
    compared: readonly { recordId: string; skipped: string | null }[];
    now: string;
  },
): Promise<void> {
  const place = placeOfPlan(connection, plan);
  if (place === null) return;
  const undecided = of.compared.filter(({ skipped }) => skipped === 'may_be_there');
  const ids = undecided.map(({ recordId }) => recordId);
  await tx.query(
    `delete from tierlink.registration where connection = $1 and object = $2 and entity = $3
       and record_id = any($4::text[]) and record_id <> all($5::text[])`,
    [connection, place.object, place.entity, [...of.recordIds], ids],
  );
  await tx.query(
    `insert into tierlink.registration (connection, object, entity, record_id, since)
     select $1, $2, $3, id, $5::timestamptz from unnest($4::text[]) as id order by id on conflict do nothing`,
    [connection, place.object, place.entity, ids, of.now],
  );
}

/** Lets a push compare what waited for a decision once more. */
export async function markUndecided(
  executor: Executor,
  { connection, now }: { connection: string; now: string },
): Promise<void> {
  await executor.query(
    `insert into tierlink.comparison (connection, entity, record_id, since)
     select distinct connection, entity, record_id, $2::timestamptz from tierlink.registration where connection = $1
     on conflict do nothing`,
    [connection, now],
  );
}

/** How many records of each object wait for a decision. */
export async function countUndecided(
  executor: Executor,
  connection: string,
): Promise<{ object: string; count: number }[]> {
  return await executor.query<{ object: string; count: number }>(
    `select object, count(*)::integer as count from tierlink.registration where connection = $1
     group by object order by object`,
    [connection],
  );
}
