import { instantOf } from '../model/clock.ts';
import { sameValue } from '../model/values.ts';
import type { CrmRecord } from '../sync/connector.ts';
import type { Engine, PassConnection } from '../sync/engine.ts';
import { userNames } from '../sync/records/user-names.ts';
import type { Chosen } from './chosen.ts';
import { isDifference, isWrite, type Plan, type PlannedDifference, type PlannedWrite } from './item.ts';
import { lookAt, placeOf } from './stamps.ts';

/** An item of a plan that is not what was reviewed any more. */
export interface Moved {
  connection: string;
  object: string;
  record: string;
  name: string | null;
  /** What happened to it, in words. */
  why: string;
  /** Who changed it in the CRM, by its id there and by name; null where that is not known. */
  user: string | null;
  userName: string | null;
}

type Asked = PlannedWrite | PlannedDifference;

/** What a plan asks for that a plan made now would not, or not so. */
export function movedSince({ reviewed }: Pick<Chosen, 'reviewed'>, now: Plan): Moved[] {
  const fresh = new Map(now.items.map((item) => [item.key, item]));
  return reviewed.flatMap((item) => {
    const found = fresh.get(item.key);
    const why = isWrite(item)
      ? whyNotWritten(item, found !== undefined && isWrite(found) ? found : undefined)
      : whyNotDecided(item, found !== undefined && isDifference(found) ? found : undefined);
    return why === null ? [] : [movedOf(item, why)];
  });
}

type Changer = Pick<Moved, 'user' | 'userName'>;
/** Nobody is known to have changed it. */
export const nobody: Readonly<Changer> = { user: null, userName: null };

function movedOf(item: Asked, why: string, by = nobody): Moved {
  const { connection, object, crmId, recordId, name } = item;
  return { connection, object, record: crmId ?? recordId, name, why, ...by };
}

function whyNotWritten(item: PlannedWrite, found: PlannedWrite | undefined): string | null {
  if (found === undefined) return 'it needs no write any more, or cannot be written now';
  const isSame = item.changes.every((change) => {
    const now = found.changes.find(({ attribute }) => attribute === change.attribute);
    if (now === undefined) return false;
    return change.moment || (sameValue(now.before, change.before) && sameValue(now.after, change.after));
  });
  return isSame ? null : 'what it holds, or what it should hold, is another value now';
}

function whyNotDecided(item: PlannedDifference, found: PlannedDifference | undefined): string | null {
  if (found === undefined) return 'both sides agree by now, or somebody has decided it';
  return sameValue(found.ours, item.ours) && sameValue(found.theirs, item.theirs)
    ? null
    : 'one side holds another value now';
}

/**
 * Records that the CRM has stamped anew since they were compared, or does not have any more, by a direct look at each: what
 * changed is not always told yet to who asks for changes.
 */
export async function touchedSince(
  engine: Engine,
  { reviewed }: Pick<Chosen, 'reviewed'>,
  connections: readonly PassConnection[],
): Promise<Moved[]> {
  const asked = reviewed.filter((item) => item.crmId !== null && item.seenAt !== null);
  const records = await lookAt(asked, connections, engine.signal);
  const moved: Moved[] = [];
  for (const connection of connections) {
    const touched = asked.flatMap((item) => {
      const record = records.get(placeOf(item));
      const isTouched = record === undefined || Date.parse(record.modifiedAt) !== Date.parse(item.seenAt!);
      return item.connection === connection.alias && isTouched ? [{ item, record }] : [];
    });
    const users = touched.map(({ record }) => record?.modifiedBy ?? null);
    const names = await userNames(engine, connection, users);
    for (const { item, record } of touched) {
      const user = record?.modifiedBy ?? null;
      const by = { user, userName: names.get(user ?? '') ?? null };
      moved.push(movedOf(item, record === undefined ? 'it is gone' : changedBy(record, by), by));
    }
  }
  return moved;
}

function changedBy({ modifiedAt }: CrmRecord, { user, userName }: Changer): string {
  const at = instantOf(Date.parse(modifiedAt)).slice(0, 16).replace('T', ' ');
  return `${userName ?? user ?? 'somebody'} changed it on ${at} UTC`;
}
