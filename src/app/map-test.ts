import type { App, AppConnection } from '../app.ts';
import { isTierlinkError, TierlinkError } from '../errors.ts';
import type { AttributeValue } from '../model/entities.ts';
import { hasCrmId } from '../store/crm-rows.ts';
import type { CrmRecord, CrmValue } from '../sync/connector.ts';
import { type AttributePlan, type MappingPlan, planMapping } from '../sync/mapping/plan.ts';
import { type Reading, readAttribute, type TransformContext } from '../sync/mapping/transform.ts';
import { programWords, tierNamesOf } from '../sync/pass/program-words.ts';
import { pulledObjects } from '../sync/pass/pull.ts';
import { currentMetadata, descriptionsByName } from '../sync/pull/metadata.ts';
import { writtenAttributes } from '../sync/push/outbound-compare.ts';
import { desiredRecords } from '../sync/push/outbound-values.ts';
import { type ConnectionRecord, loadConnection } from '../sync/records/connections.ts';
import { findLinks } from '../sync/records/links.ts';
import { loadRecords } from '../sync/records/record-rows.ts';
import { findPartner } from './partners.ts';

/** One attribute of a record: what the CRM has, what that becomes, and what the store holds. */
export interface TestedAttribute {
  attribute: string;
  field: string;
  direction: string;
  /** undefined: the user cannot read the field. */
  theirs: CrmValue | undefined;
  becomes: Reading;
  ours: AttributeValue | undefined;
  /** What the program has to write; undefined: nothing to say, or not an attribute that it writes. */
  writes: AttributeValue | undefined;
  /** Why nothing of it is written yet; null: it is, or the attribute is only read. */
  waits: 'tiers_not_owned' | 'write_back_off' | null;
}

/** A record as one mapping sees it. */
export interface TestedMapping {
  mapping: string;
  entity: string;
  /** Our id and the state of its link; null when it is not linked. */
  recordId: string | null;
  linkState: string | null;
  attributes: TestedAttribute[];
}

export interface MapTest {
  connection: string;
  object: string;
  crmId: string;
  url: string;
  modifiedAt: string;
  mappings: TestedMapping[];
}

/** Reads one record from the CRM and shows it through every mapping of its object. Throws RECORD_UNKNOWN. */
export async function testRecord(
  app: App,
  connection: AppConnection,
  asked: { record: string; object: string | undefined },
): Promise<MapTest> {
  const places = await candidatePlaces(app, connection, asked);
  const plans = await plansOf(app, connection);
  for (const { object, crmId } of places) {
    const own = plans.filter((plan) => plan.object === object);
    const record = await readOne(connection, own, { object, crmId });
    if (record === undefined) continue;
    return {
      connection: connection.alias,
      object,
      crmId: record.id,
      url: connection.connector().recordUrl(object, record.id),
      modifiedAt: record.modifiedAt,
      mappings: await seenThrough(app, connection, { own, record, object }),
    };
  }
  throw new TierlinkError('RECORD_UNKNOWN', { record: asked.record });
}

interface RecordPlace {
  object: string;
  crmId: string;
}

/** Where the record may be: as its links say, as the partner of that name is linked, or in any mapped object. */
async function candidatePlaces(
  app: App,
  connection: AppConnection,
  { record, object }: { record: string; object: string | undefined },
): Promise<RecordPlace[]> {
  if (object !== undefined) return [{ object, crmId: record }];
  const linked = await app.store.query<{ object: string; crm_id: string }>(
    `select distinct object, crm_id from tierlink.link l
     where connection = $1 and (record_id = $2 or ${hasCrmId('l', '$2')}) order by object, crm_id`,
    [connection.alias, record],
  );
  if (linked.length > 0) return linked.map((row) => ({ object: row.object, crmId: row.crm_id }));
  const named = await placesOfPartner(app, connection, record);
  if (named.length > 0) return named;
  return pulledObjects(connection.mappings()).map((each) => ({ object: each, crmId: record }));
}

/** The records of a partner that is meant by its name; none where it names no partner, or several. */
async function placesOfPartner(app: App, connection: AppConnection, name: string): Promise<RecordPlace[]> {
  const partner = await findPartner(app.store, name).catch((error: unknown) => {
    if (isTierlinkError(error, 'PARTNER_UNKNOWN')) return undefined;
    throw error;
  });
  if (partner === undefined) return [];
  const rows = await app.store.query<{ object: string; crm_id: string }>(
    `select distinct object, crm_id from tierlink.link
     where connection = $1 and entity = 'partner' and record_id = $2 order by object, crm_id`,
    [connection.alias, partner.id],
  );
  return rows.map((row) => ({ object: row.object, crmId: row.crm_id }));
}

async function plansOf(app: App, connection: AppConnection): Promise<MappingPlan[]> {
  const { metadata } = await currentMetadata({
    store: app.store,
    clock: app.clock,
    connector: connection.connector(),
    connection: connection.alias,
    mappings: connection.mappings(),
    tiers: tierNamesOf(app.program),
  });
  const descriptions = descriptionsByName(metadata);
  return connection.mappings().flatMap((mapping) => {
    const description = descriptions.get(mapping.object);
    if (description === undefined) return [];
    const known = new Set(description.fields.map((field) => field.name));
    const named = planMapping(mapping).fields.filter((field) => !field.includes('.') && !known.has(field));
    return [planMapping(mapping, new Set(named))];
  });
}

/** The record with the fields of all its mappings, in scope or not. An id that the object cannot have finds nothing. */
async function readOne(
  connection: AppConnection,
  plans: readonly MappingPlan[],
  { object, crmId }: RecordPlace,
): Promise<CrmRecord | undefined> {
  const fields = [...new Set(plans.flatMap((plan) => plan.fields))].sort();
  if (fields.length === 0) return undefined;
  const pages = connection.connector().read({ object, fields, scope: { name: 'all' }, ids: [crmId] });
  for await (const page of pages) if (page.records[0] !== undefined) return page.records[0];
  return undefined;
}

async function seenThrough(
  app: App,
  connection: AppConnection,
  { own, record, object }: { own: readonly MappingPlan[]; record: CrmRecord; object: string },
): Promise<TestedMapping[]> {
  const known = await loadConnection(app.store.db, connection.alias);
  const context: TransformContext = {
    timeZone: app.program.timeZone,
    currency: known.currency ?? app.program.currency.code,
  };
  const tested: TestedMapping[] = [];
  for (const plan of own) {
    const place = { connection: connection.alias, object, entity: plan.entity };
    const link = (await findLinks(app.store, place, [record.id])).get(record.id);
    const stored = link && (await loadRecords(app.store, plan.entity, [link.recordId])).get(link.recordId);
    const says = await programSays(app, { plan, connection: known, recordId: link?.recordId });
    tested.push({
      mapping: plan.name,
      entity: plan.entity,
      recordId: link?.recordId ?? null,
      linkState: link?.state ?? null,
      attributes: plan.attributes.map((attribute) => ({
        attribute: attribute.attribute,
        field: attribute.field,
        direction: attribute.spec.direction,
        // What the mapping says by itself is read nowhere.
        theirs: attribute.fields.length === 0 ? null : record.fields[attribute.field],
        becomes: readAttribute(attribute, record.fields, context),
        ours: stored?.values[attribute.attribute],
        ...writingOf(attribute, { says, connection: known }),
      })),
    });
  }
  return tested;
}

/** What the CRM should hold of one of our records, by attribute; the same values that a push compares. */
async function programSays(
  app: App,
  of: { plan: MappingPlan; connection: ConnectionRecord; recordId: string | undefined },
): Promise<Readonly<Record<string, AttributeValue>>> {
  if (of.recordId === undefined) return {};
  const [desired] = await desiredRecords(app.store, {
    connection: of.connection.id,
    entity: of.plan.entity,
    recordIds: [of.recordId],
    attributes: writtenAttributes(of.plan),
    tiers: of.connection.tier_mode === 'owned' ? programWords(app.program) : null,
  });
  return desired?.values ?? {};
}

function writingOf(
  { attribute, home, spec }: AttributePlan,
  { says, connection }: { says: Readonly<Record<string, AttributeValue>>; connection: ConnectionRecord },
): Pick<TestedAttribute, 'writes' | 'waits'> {
  if (spec.direction === 'in') return { writes: undefined, waits: null };
  const writes = says[attribute];
  const isTier = home === 'program' && writes === undefined;
  if (isTier && connection.tier_mode !== 'owned') return { writes, waits: 'tiers_not_owned' };
  return { writes, waits: connection.write_back ? null : 'write_back_off' };
}
