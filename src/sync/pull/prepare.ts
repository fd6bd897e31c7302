import { hash } from 'node:crypto';
import { setImmediate as immediate } from 'node:timers/promises';
import { canonicalInstant } from '../../model/values.ts';
import type { CrmRecord, CrmValue } from '../connector.ts';
import type { MappingPlan } from '../mapping/plan.ts';
import { type Reading, readAttribute, type TransformContext } from '../mapping/transform.ts';

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
}

interface PrepareOptions {
  context: TransformContext;
  mostAreKnown?: boolean;
}

/** Prepares the records of a page for one mapping: one reading per record, the newest. */
export function prepareRecords(
  plan: MappingPlan,
  incoming: readonly CrmRecord[],
  options: PrepareOptions,
): PreparedRecords {
  const latest = latestOf(incoming);
  const records = latest.map((record) => prepareOne(plan, record, options));
  return { plan, records };
}

/** Records prepared before the thread turns to what else is waiting: one to two milliseconds of work. */
const recordsPerTurn = 100;

/**
 * As prepareRecords, in turns with everything else: the statements of the page before go to the database as soon as it
 * is free, and this fills the time in which it works.
 */
export async function prepareInTurns(
  plan: MappingPlan,
  incoming: readonly CrmRecord[],
  options: PrepareOptions,
): Promise<PreparedRecords> {
  const latest = latestOf(incoming);
  const records: PreparedRecord[] = [];
  for (const record of latest) {
    if (records.length % recordsPerTurn === 0) await immediate();
    records.push(prepareOne(plan, record, options));
  }
  return { plan, records };
}

function prepareOne(plan: MappingPlan, given: CrmRecord, options: PrepareOptions): PreparedRecord {
  const { record, text } = fitRecord(plan, given);
  return {
    record,
    hash: hash('sha1', plan.hash + text, 'base64url'),
    readings: options.mostAreKnown === true ? undefined : readRecord(plan, record, options.context),
  };
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

function latestOf(incoming: readonly CrmRecord[]): CrmRecord[] {
  const latest = new Map<string, CrmRecord>();
  for (const record of incoming) {
    const stamp = canonicalInstant(record.modifiedAt) ?? record.modifiedAt;
    const known = latest.get(record.id);
    if (known !== undefined && known.modifiedAt > stamp) continue;
    latest.set(record.id, stamp === record.modifiedAt ? record : { ...record, modifiedAt: stamp });
  }
  return [...latest.values()];
}

/** The store's text cannot hold a zero character or half of a surrogate pair; both are damage, not data. */
function fitRecord(plan: MappingPlan, record: CrmRecord): { record: CrmRecord; text: string } {
  const text = textOf(plan, record.fields);
  if (isFit(plan, record.fields, text)) return { record, text };
  const fields = fitFields(record.fields);
  return { record: { ...record, fields }, text: textOf(plan, fields) };
}

/** JSON escapes what the store cannot hold, beside a few things that it can; other mappings may read further fields. */
function isFit(plan: MappingPlan, fields: Fields, text: string): boolean {
  if (text.includes('\\u')) return false;
  const mapped = plan.fields.reduce((count, field) => (field in fields ? count + 1 : count), 0);
  return Object.keys(fields).length === mapped || !JSON.stringify(fields).includes('\\u');
}

type Fields = Readonly<Record<string, CrmValue>>;

/** Stands for the mapped fields; an absent field differs from a blank one. */
function textOf(plan: MappingPlan, fields: Fields): string {
  const values = plan.fields.map((field) => fields[field] ?? (field in fields ? null : ['absent']));
  return JSON.stringify(values);
}

function fitFields(fields: Fields): Record<string, CrmValue> {
  const fitted = { ...fields };
  for (const name in fitted) {
    const value = fitted[name];
    if (typeof value === 'string')
      fitted[name] = Buffer.from(value.replaceAll('\u0000', ''), 'utf8').toString('utf8');
  }
  return fitted;
}
