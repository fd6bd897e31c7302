import type { ErrorCode } from '../../errors.ts';
import { type Clock, instantOf } from '../../model/clock.ts';
import { readSetting, writeSetting } from '../../store/settings.ts';
import type { Executor, Store } from '../../store/store.ts';
import type { Connector } from '../connector.ts';
import type { ObjectDescription } from '../crm-description.ts';
import { checkMappings } from '../mapping/check.ts';
import { describeRelated } from '../mapping/check-paths.ts';
import type { Finding } from '../mapping/finding.ts';
import { type NamedRecords, namedKey, namedTransforms, readNamedRecords } from '../mapping/named-records.ts';
import type { ObjectMapping } from '../mapping/schema.ts';
import { setConnectionState } from '../records/connections.ts';
import { rejectRefSql } from '../records/write-ref.ts';

/** How the CRM described the mapped objects when it was last asked, and what that says about the mappings. */
export interface Metadata {
  /** ISO instant. */
  at: string;
  descriptions: ObjectDescription[];
  findings: Finding[];
  /** Records that mappings refer to by name. */
  named?: NamedRecords;
}

/** Metadata older than this is asked for again. */
export const metadataAgeMs = 86_400_000;

/** Under which setting the description of a connection's objects is kept; it is about the org of the moment. */
export function metadataKey(connection: string): string {
  return `metadata:${connection}`;
}

/** What is known of the objects of a connection; undefined before the first time. */
export async function loadMetadata(executor: Executor, connection: string): Promise<Metadata | undefined> {
  return await readSetting<Metadata>(executor.db, metadataKey(connection));
}

/** Has the next run ask the CRM how it describes its objects, however short a time ago it did. */
export async function forgetMetadata(executor: Executor, connection: string): Promise<void> {
  await executor.db.deleteFrom('tierlink.setting').where('key', '=', metadataKey(connection)).execute();
}

export function descriptionsByName(metadata: Metadata | undefined): Map<string, ObjectDescription> {
  return new Map((metadata?.descriptions ?? []).map((each) => [each.name, each]));
}

/** The CRM objects of mappings, each once, in the order of the mappings. */
export function objectsOf(mappings: readonly ObjectMapping[]): string[] {
  return [...new Set(mappings.map((mapping) => mapping.object))];
}

/** Refusals that say that the CRM's fields or choices are no longer as described. */
export const metadataCodes: readonly ErrorCode[] = [
  'CRM_FIELD_MISSING',
  'CRM_FIELD_READONLY',
  'CRM_PICKLIST',
  'CRM_OBJECT_MISSING',
];

/**
 * Refusals that a record meets while sharing hides it: updated, it is not there or not ours to change; created by key, where
 * the answer to an earlier attempt was lost, its key is taken.
 */
const hiddenCodes: readonly ErrorCode[] = ['CRM_GONE', 'CRM_PERMISSION'];
const hiddenCreateCode: ErrorCode = 'CRM_DUPLICATE';
/** Nothing tells that a record can be seen again, so it is tried about once a day. */
const hiddenRetryMs = 72_000_000;

/**
 * Asks the CRM how it describes the mapped objects, keeps the answer, and compares the mappings with it. Records of which
 * a field or a choice was held back or refused are compared again: what fits goes out, with the line that does not left
 * out. Records that sharing may have hidden when they were refused go out again. Errors among the findings make the
 * connection ask for a person; only the lines that they name are affected.
 */
export async function refreshMetadata(options: {
  store: Store;
  clock: Clock;
  connector: Connector;
  connection: string;
  mappings: readonly ObjectMapping[];
  /** What the CRM calls the tiers of the program. */
  tiers: readonly string[];
}): Promise<Metadata> {
  const { store, connection, mappings, tiers } = options;
  const descriptions = await options.connector.describe(objectsOf(mappings));
  const related = await describeRelated(options.connector, mappings, descriptions);
  const now = instantOf(options.clock.now());
  const metadata: Metadata = {
    at: now,
    descriptions,
    findings: checkMappings(mappings, descriptions, { tiers, related }),
    named: await readNamedRecords(options.connector, mappings, new Set(descriptions.map(({ name }) => name))),
  };
  await store.transaction(async (tx) => {
    await keepMetadata(tx, connection, metadata);
    await tx.query(
      `insert into tierlink.comparison (connection, entity, record_id, since)
       select distinct connection, entity, record_id, $2::timestamptz from tierlink.reject
       where connection = $1 and direction = 'out' and (attribute <> '' or code = any($3::text[]))
       on conflict do nothing`,
      [connection, now, metadataCodes],
    );
    await sendHidden(tx, connection, options.clock.now());
  });
  await noteFindings(store, connection, metadata.findings);
  return metadata;
}

async function sendHidden(tx: Executor, connection: string, now: number): Promise<void> {
  await tx.query(
    `update tierlink.pending_write p set state = 'due', not_before = null
     from tierlink.reject r
     where r.connection = $1 and r.direction = 'out' and r.attribute = '' and r.last_at < $2::timestamptz
       and (r.code = any($3::text[]) or (r.code = $4 and p.crm_id is null))
       and p.connection = r.connection and p.object = r.object and p.entity = r.entity
       and p.record_id = r.record_id and p.ref = ${rejectRefSql('r')} and p.state = 'rejected'`,
    [connection, instantOf(now - hiddenRetryMs), hiddenCodes, hiddenCreateCode],
  );
}

async function keepMetadata(tx: Executor, connection: string, metadata: Metadata): Promise<void> {
  await writeSetting(tx.db, { key: metadataKey(connection), value: metadata, now: metadata.at });
}

/** Makes the connection ask for a person when there are errors among the findings. Returns whether there are. */
export async function noteFindings(
  store: Store,
  connection: string,
  findings: readonly Finding[],
): Promise<boolean> {
  const errors = findings.filter((finding) => finding.level === 'error');
  const [first] = errors;
  if (first === undefined) return false;
  await setConnectionState(store.db, {
    id: connection,
    state: 'action_required',
    detail: {
      reason: `The mappings do not fit ${connection}: ${errors.length} errors. ${first.file}:${first.line}: ${first.message}`,
      code: 'MAPPING_FINDINGS',
      actions: [first.fix, `See each with its fix: tierlink map check --connection ${connection}`],
    },
  });
  return true;
}

/** The kept metadata, or the CRM's answer where there is none, it is old, or it lacks a mapped object. */
export async function currentMetadata(
  options: Parameters<typeof refreshMetadata>[0],
): Promise<{ metadata: Metadata; isNew: boolean }> {
  const kept = await loadMetadata(options.store, options.connection);
  const isYoung =
    kept !== undefined && Date.parse(kept.at) > options.clock.now() - metadataAgeMs && isFor(kept, options);
  if (isYoung) return { metadata: kept, isNew: false };
  return { metadata: await refreshMetadata(options), isNew: true };
}

/** Whether every mapped object is there; one that is not may have been deployed meanwhile. */
function isFor(metadata: Metadata, options: { mappings: readonly ObjectMapping[] }): boolean {
  const known = new Set(metadata.descriptions.map((each) => each.name));
  const described = options.mappings.filter((mapping) => known.has(mapping.object));
  return (
    options.mappings.every((mapping) => mapping.optional || known.has(mapping.object)) &&
    namedTransforms(described).every((transform) => metadata.named?.[namedKey(transform)] !== undefined)
  );
}
