import { type EntityName, entities } from '../model/entities.ts';
import type { Store } from '../store/store.ts';
import type { PassConnection } from '../sync/engine.ts';
import { requireNamedObject } from '../sync/mapping/named-object.ts';
import { objectsOf } from '../sync/pull/metadata.ts';
import { loadFeeds } from '../sync/records/feed.ts';
import { lookedUpCauses } from './known-causes.ts';
import { countOurs, type MonthCount } from './months.ts';
import { callsToRead, rangesOf } from './ranges.ts';
import { loadKnown } from './save.ts';
import { monthsToCompare } from './slice.ts';
import type { VerifyOptions } from './verify.ts';

/** What a verification would ask, as far as the store can tell: nobody counts for it. */
export interface Estimate {
  connection: string;
  /** About. */
  calls: number;
  /** Whose values would be read. */
  records: number;
  months: number;
  feeds: { object: string; entity: EntityName; months: number; records: number }[];
}

/** Calls of what is asked whatever there is: what changed, what the user sees, the counts. */
const callsForSight = 4;
const callsForChanges = 4;
const countsPerCall = 5;

/** What verifying a connection would cost, on the word of what is here; months whose counts differ come on top. */
export async function estimateVerify(
  store: Store,
  connection: PassConnection,
  options: VerifyOptions,
): Promise<Estimate> {
  const only = options.only === undefined ? undefined : requireNamedObject([connection], options.only);
  const { reads } = connection.manifest.capabilities;
  const read = connection.mappings().filter(({ entity, object }) => {
    return entities[entity].origin === 'crm' && (only === undefined || object === only);
  });
  const feeds: Estimate['feeds'] = [];
  let calls = callsForSight + callsForChanges + Math.ceil(read.length / countsPerCall);
  for (const object of objectsOf(read)) {
    const known = await loadFeeds(store, connection.alias, object);
    for (const mapping of read.filter((each) => each.object === object)) {
      const { entity } = mapping;
      const meaning = known.get(entity)?.fieldsHash ?? '';
      const { counts, wanted } = await monthsOf(store, {
        place: { connection: connection.alias, object, entity },
        meaning,
        options,
      });
      const ranges = rangesOf(counts, wanted, reads);
      for (const range of ranges) calls += callsToRead(range.records, reads);
      const months = ranges.reduce((sum, range) => sum + range.months.length, 0);
      const records = ranges.reduce((sum, range) => sum + range.records, 0);
      feeds.push({ object, entity, months, records });
    }
  }
  const sum = (of: 'months' | 'records') => feeds.reduce((total, each) => total + each[of], 0);
  return { connection: connection.alias, calls, records: sum('records'), months: sum('months'), feeds };
}

async function monthsOf(
  store: Store,
  of: {
    place: { connection: string; object: string; entity: EntityName };
    meaning: string;
    options: VerifyOptions;
  },
): Promise<{ counts: MonthCount[]; wanted: Set<string> }> {
  const { place, meaning, options } = of;
  const ours = await countOurs(store, place.connection, place);
  const counts = ours.map((each) => ({ ...each, counted: each.linked + each.aside }));
  const known = await loadKnown(store, place, lookedUpCauses);
  const found = new Set([...known.mismatches.values()].map(({ month }) => month));
  const days = options.full === true ? 1 : options.days;
  return { counts, wanted: monthsToCompare({ counts, known: known.months, found, meaning, days }) };
}
