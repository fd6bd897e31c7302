import { entities } from '../../model/entities.ts';
import type { ObjectMapping } from '../../sync/mapping/schema.ts';
import { recordAddress } from '../../sync/records/record-address.ts';
import { tableOf } from '../../sync/records/record-rows.ts';
import type { ConnectionContext } from './connection-checks.ts';
import { type DoctorCheck, type Found, ok, warn } from './finding.ts';

type TwiceContext = Pick<ConnectionContext, 'app' | 'connection'>;

export const twiceChecks: readonly DoctorCheck<TwiceContext>[] = [{ name: 'duplicates', look: twiceFound }];

/** More of them are counted, not named. */
const namedRecords = 10;

/**
 * Records of ours that are two or more in one object of the connection, as after a merge of two partners in another CRM. Each
 * gets what the program says, and the oldest one decides what comes in; two stay two until people merge them there too.
 */
async function twiceFound({ app, connection }: TwiceContext): Promise<Found[]> {
  const found: Found[] = [];
  for (const mapping of connection.mappings().filter(isBringing)) {
    const rows = await twiceIn(app, connection.alias, mapping);
    for (const { name, ids } of rows.slice(0, namedRecords)) {
      const places = ids.map(
        (crmId) => recordAddress(connection, { object: mapping.object, crmId }) ?? crmId,
      );
      found.push(
        warn(
          'DOC-D04',
          `one ${mapping.entity}, ${name ?? 'without a name'}, is ${ids.length} records of ${mapping.object} here: ${places.join(' and ')}; the first of them decides what is read`,
          `If they are the same company, merge them in ${connection.alias}.`,
        ),
      );
    }
    const more = rows.length - namedRecords;
    if (more > 0)
      found.push(
        warn(
          'DOC-D05',
          `${more} more like them in ${mapping.object}`,
          'Merge those named, then run: tierlink doctor',
        ),
      );
  }
  return found.length > 0 ? found : [ok('no record of the program is two records here')];
}

function isBringing({ entity, of }: ObjectMapping): boolean {
  return of === undefined && entities[entity].origin === 'crm' && 'name' in entities[entity].attributes;
}

async function twiceIn(
  app: TwiceContext['app'],
  alias: string,
  { object, entity }: ObjectMapping,
): Promise<{ name: string | null; ids: string[] }[]> {
  return await app.store.query(
    `select r.name, twice.ids from (
       select record_id, array_agg(crm_id order by linked_at, crm_id collate "C") as ids from tierlink.link
       where connection = $1 and object = $2 and entity = $3 and state = 'live'
       group by record_id having count(*) > 1) twice
     join ${tableOf(entity)} r on r.id = twice.record_id order by r.name collate "C", r.id`,
    [alias, object, entity],
  );
}
