import type { Declined } from '../sync/push/differences.ts';
import type { PlannedWrite as PushedWrite } from '../sync/push/planned-writes.ts';
import {
  type Choice,
  isDifference,
  isWrite,
  type Plan,
  type PlanItem,
  type PlannedDifference,
  type PlannedWrite,
} from './item.ts';
import { parentsGo } from './parents.ts';

/** What a plan comes to by what is chosen in it. */
export interface Chosen {
  /** Writes to send, with the fields of which ours is chosen, as they are in the plan. */
  writes: PlannedWrite[];
  /** Differences that are decided. */
  decided: PlannedDifference[];
  /** Values that are left to the CRM. */
  declined: DeclinedValue[];
  /** All of the plan that something is chosen of, with that alone: what has to be as it was reviewed. */
  reviewed: (PlannedWrite | PlannedDifference)[];
}

export interface DeclinedValue extends Declined {
  override: PlannedDifference['override'];
}

/**
 * Sorts a plan by what is chosen in it. Without `down`, writes to records of the CRM of which a tier goes down are left out;
 * with 'only', nothing else is in it. A record goes as a whole, whatever it is to the program: one half of it would make the
 * other stale. What belongs to a record that is not created after all is left out with it.
 */
export function chosenOf({ items }: Plan, down: 'with' | 'without' | 'only' = 'with'): Chosen {
  const held = new Set(items.filter(isWrite).filter(goesDown).map(placeOf));
  const isMeant = (item: PlanItem) =>
    down === 'with' ||
    ((isWrite(item) || isDifference(item)) && held.has(placeOf(item))) === (down === 'only');
  const meant = items.filter(isMeant);
  const writes = meant.filter(isWrite).filter(parentsGo(items));
  const decided = meant.filter(isDifference).filter(({ choice }) => choice !== 'skip');
  const reviewed = writes.flatMap((item) => withChanges(item, (choice) => choice !== 'skip'));
  return {
    writes: writes.flatMap((item) => withChanges(item, (choice) => choice === 'ours')),
    decided,
    declined: writes.flatMap(declinedOf),
    reviewed: [...reviewed, ...decided],
  };
}

function withChanges(item: PlannedWrite, isMeant: (choice: Choice) => boolean): PlannedWrite[] {
  const changes = item.changes.filter(({ choice }) => isMeant(choice));
  return changes.length === 0 ? [] : [{ ...item, changes }];
}

/** Names the record of the CRM. */
function placeOf({ connection, object, crmId, recordId }: PlannedWrite | PlannedDifference): string {
  return [connection, object, crmId ?? recordId].join(' ');
}

export function goesDown({ tier }: PlannedWrite): boolean {
  return tier?.direction === 'down';
}

function declinedOf({ connection, object, entity, recordId, crmId, changes }: PlannedWrite): DeclinedValue[] {
  if (crmId === null) return [];
  const place = { connection, object, crmId, entity, recordId };
  return changes
    .filter(({ choice }) => choice === 'theirs')
    .map(({ attribute, before, after, moment, override }) => ({
      ...place,
      attribute,
      ours: after,
      theirs: before,
      moment,
      override,
    }));
}

/** By connection, what a push may send: the writes, and differences that were decided for our side. */
export function pushedBy(
  writes: readonly PlannedWrite[],
  decided: readonly PlannedDifference[],
): Map<string, PushedWrite[]> {
  const found = new Map<string, Map<string, PushedWrite>>();
  const add = (item: PlanItem & { connection: string; object: string }, write: PushedWrite) => {
    const own = found.get(item.connection) ?? new Map<string, PushedWrite>();
    found.set(item.connection, own);
    const place = `${write.object} ${write.entity} ${write.crmId ?? write.recordId}`;
    const before = own.get(place);
    own.set(
      place,
      before === undefined ? write : { ...write, changes: [...before.changes, ...write.changes] },
    );
  };
  const byKey = new Map(writes.map(({ key, entity, recordId }) => [key, { entity, recordId }]));
  for (const item of writes) {
    const { object, entity, recordId, crmId, changes } = item;
    const after = item.after.flatMap(({ key }) => byKey.get(key) ?? []);
    add(item, { object, entity, recordId, crmId, after, changes });
  }
  for (const item of decided.filter(({ choice }) => choice === 'ours')) {
    const { object, entity, recordId, crmId, attribute, ours, theirs } = item;
    const changes = [{ attribute, before: theirs, after: ours, moment: false }];
    add(item, { object, entity, recordId, crmId, after: [], changes });
  }
  return new Map([...found].map(([alias, own]) => [alias, [...own.values()]]));
}
