import type { CrmRecord } from '../sync/connector.ts';
import type { PassConnection } from '../sync/engine.ts';
import { isDifference, isWrite, type PlanItem, type PlannedDifference, type PlannedWrite } from './item.ts';

type Stamped = PlannedWrite | PlannedDifference;

/**
 * Puts the CRM's own stamp on what a plan would write or have decided, by a direct look at each record: what we know is the
 * stamp of the last reading that brought something, and a record that was touched since may read the same.
 */
export async function stamped(
  items: readonly PlanItem[],
  connections: readonly PassConnection[],
  signal: AbortSignal | undefined,
): Promise<PlanItem[]> {
  const asked = items.filter((item): item is Stamped => isWrite(item) || isDifference(item));
  const records = await lookAt(asked, connections, signal);
  return items.map((item) =>
    isWrite(item) || isDifference(item)
      ? { ...item, seenAt: records.get(placeOf(item))?.modifiedAt ?? null }
      : item,
  );
}

/** The records of these items as the CRM stamps them now, by placeOf; those that it does not show are not there. */
export async function lookAt(
  items: readonly Stamped[],
  connections: readonly PassConnection[],
  signal: AbortSignal | undefined,
): Promise<Map<string, CrmRecord>> {
  const found = new Map<string, CrmRecord>();
  for (const connection of connections) {
    const own = items.filter((item) => item.connection === connection.alias && item.crmId !== null);
    for (const object of new Set(own.map((item) => item.object))) {
      const ids = own.flatMap((item) => (item.object === object && item.crmId !== null ? [item.crmId] : []));
      const pages = connection.connector().read({
        ...{ object, fields: [], scope: { name: 'plan' }, ids: [...new Set(ids)], noCursor: true },
        ...(signal === undefined ? {} : { signal }),
      });
      for await (const { records } of pages)
        for (const record of records)
          found.set(placeOf({ connection: connection.alias, object, crmId: record.id }), record);
    }
  }
  return found;
}

/** Names a record of a CRM. */
export function placeOf({
  connection,
  object,
  crmId,
}: Pick<Stamped, 'connection' | 'object' | 'crmId'>): string {
  return `${connection} ${object} ${crmId}`;
}
