import { notInPart } from './joined-records.ts';
import type { KpiRecord, KpiRecords } from './records.ts';

/** A record that counts in another way than it did before. */
export interface RecordChange {
  entity: KpiRecord['entity'];
  id: string;
  crmId: string | null;
  name: string | null;
  /**
   * added: it was not there · began: it was there and did not count · ended: it counted · changed: it counts for something
   * else · gone: it is not there any more.
   */
  change: 'added' | 'began' | 'changed' | 'ended' | 'gone';
  /** What it brought to the figure, as KpiRecord.value has it; null where it did not count or is only counted. */
  before: string | null;
  after: string | null;
  /** Why it does not count, or no longer in the part of a ratio, in words; null where it does. */
  why: string | null;
}

/** What two lists of the records behind one figure differ in; records that count in neither make no difference. */
export function recordChanges(before: KpiRecords, after: KpiRecords): RecordChange[] {
  const [old, now] = [byKey(before), byKey(after)];
  const keys = [...new Set([...old.keys(), ...now.keys()])];
  return keys.flatMap((key) => changeOf(old.get(key), now.get(key)));
}

/** What counts in one part of a ratio may fall short in the other; what the present leaves out may count in the past. */
function byKey({ included, excluded, others, elsewhere }: KpiRecords): Map<string, KpiRecord> {
  return new Map(
    [...others, ...elsewhere, ...excluded, ...included].map((one) => [`${one.entity} ${one.id}`, one]),
  );
}

function changeOf(before: KpiRecord | undefined, after: KpiRecord | undefined): RecordChange[] {
  const counted = before !== undefined && before.reason === null;
  const counts = after !== undefined && after.reason === null;
  if (!counted && !counts) return [];
  if (counted && counts && before.value === after.value && before.part === after.part) return [];
  const { entity, id, crmId, name } = (after ?? before)!;
  return [
    {
      entity,
      id,
      crmId,
      name,
      change: kindOf({ counted, counts, before, after }),
      before: counted ? before.value : null,
      after: counts ? after.value : null,
      why: counts ? leftPartWhy(before, after) : (after?.why ?? null),
    },
  ];
}

/** Why a record that counts as before in the whole of a ratio is no longer in its part, in words. */
function leftPartWhy(before: KpiRecord | undefined, after: KpiRecord): string | null {
  return before?.part === 'of' && before.reason === null && after.part === 'to'
    ? (after.comesTo?.replace(notInPart, '') ?? null)
    : null;
}

function kindOf(found: {
  counted: boolean;
  counts: boolean;
  before: KpiRecord | undefined;
  after: KpiRecord | undefined;
}): RecordChange['change'] {
  if (found.counted && found.counts) return 'changed';
  if (found.counts) return found.before === undefined ? 'added' : 'began';
  return found.after === undefined || found.after.reason === 'deleted' ? 'gone' : 'ended';
}
