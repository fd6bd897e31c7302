import { hash } from 'node:crypto';
import { canonicalInstant } from '../model/values.ts';
import type { CrmRecord, CrmValue } from './connector.ts';
import type { MappingPlan } from './mapping-plan.ts';
import { type Reading, readAttribute, type TransformContext } from './transform.ts';

/** What can be done with a CRM record before its page's transaction: while the page before is being stored. */
export interface PreparedRecord {
  record: CrmRecord;
  /** Stands for the mapped fields and for what they mean. */
  hash: string;
  /** Left out where most records are expected to be unchanged. */
  readings: Record<string, Reading> | undefined;
}

export interface PreparedRecords {
  plan: MappingPlan;
  records: PreparedRecord[];
  /** Further readings of the same records in the page. */
  repeated: number;
}

/** Prepares the records of a page for one mapping: one reading per record, the newest. */
export function prepareRecords(
  plan: MappingPlan,
  incoming: readonly CrmRecord[],
  options: { context: TransformContext; mostAreKnown?: boolean },
): PreparedRecords {
  const latest = latestOf(incoming);
  const records = latest.map((record) => ({
    record,
    hash: hashOf(plan, record),
    readings: options.mostAreKnown === true ? undefined : readRecord(plan, record, options.context),
  }));
  return { plan, records, repeated: incoming.length - records.length };
}

/** What a record says about each attribute of a mapping. */
export function readRecord(
  plan: MappingPlan,
  record: CrmRecord,
  context: TransformContext,
): Record<string, Reading> {
  const readings: Record<string, Reading> = {};
  for (const each of plan.attributes) readings[each.attribute] = readAttribute(each, record.fields, context);
  return readings;
}

/** The text in the records is made fit for the store. */
function latestOf(incoming: readonly CrmRecord[]): CrmRecord[] {
  const latest = new Map<string, CrmRecord>();
  for (const record of incoming) {
    const stamp = canonicalInstant(record.modifiedAt) ?? record.modifiedAt;
    const known = latest.get(record.id);
    if (known === undefined || known.modifiedAt <= stamp) {
      latest.set(record.id, { ...record, modifiedAt: stamp, fields: fitFields(record.fields) });
    }
  }
  return [...latest.values()];
}

/** The store's text cannot hold a zero character or half of a surrogate pair; both are damage, not data. */
function fitFields(fields: Record<string, CrmValue>): Record<string, CrmValue> {
  let fit: Record<string, CrmValue> | undefined;
  for (const name in fields) {
    const value = fields[name];
    if (typeof value !== 'string' || !isUnfit(value)) continue;
    fit ??= { ...fields };
    fit[name] = Buffer.from(value.replaceAll('\u0000', ''), 'utf8').toString('utf8');
  }
  return fit ?? fields;
}

function isUnfit(text: string): boolean {
  return text.includes('\u0000') || /\p{Surrogate}/u.test(text);
}

/** An absent field differs from a blank one. */
function hashOf(plan: MappingPlan, record: CrmRecord): string {
  const values = plan.fields.map((field) => record.fields[field]);
  const text = JSON.stringify(values.map((value) => (value === undefined ? ['absent'] : value)));
  return hash('sha1', plan.hash + text, 'base64url');
}
