import { columnOf, type EntityName, entities } from '../../model/entities.ts';
import type { ObjectMapping } from '../../sync/mapping/schema.ts';
import type { ConnectionContext } from './connection-checks.ts';
import { type DoctorCheck, type Found, ok, unknown, warn } from './finding.ts';

/** What records of a kind normally have; where it is blank they are left out of figures without any error. */
interface Expectation {
  entity: EntityName;
  attribute: string;
  /** Which records, in words and as a condition on them. */
  records: string;
  where: string;
}

const expectations: readonly Expectation[] = [
  { entity: 'deal', attribute: 'customer', records: 'deals', where: 'true' },
  { entity: 'deal', attribute: 'amount', records: 'won deals', where: 'r.is_won' },
  { entity: 'deal', attribute: 'closeOn', records: 'closed deals', where: 'r.is_closed' },
  { entity: 'certification', attribute: 'issuedOn', records: 'certifications', where: 'true' },
  { entity: 'case', attribute: 'customer', records: 'cases', where: 'true' },
  { entity: 'case', attribute: 'openedAt', records: 'cases', where: 'true' },
];

/** Fewer are told, and are nothing to see to. */
const notableShare = 0.05;

type DataContext = Pick<ConnectionContext, 'app' | 'connection'>;

export const dataChecks: readonly DoctorCheck<DataContext>[] = [{ name: 'data', look: blanksFound }];

/** Fields that the mappings read and that records of the connection leave blank. */
async function blanksFound({ app, connection }: DataContext): Promise<Found[]> {
  const found: Found[] = [];
  let looked = 0;
  for (const mapping of connection.mappings()) {
    for (const expected of expectations) {
      const field = mapping.attributes[expected.attribute]?.field;
      if (expected.entity !== mapping.entity || field === undefined) continue;
      const counted = await countBlanks({ app, connection }, mapping, expected);
      looked += counted.all;
      if (counted.blank > 0) found.push(blankFound(`${mapping.object}.${field}`, expected, counted));
    }
  }
  if (looked === 0)
    return [unknown('DOC-D01', 'no record was looked at: nothing was read yet', 'Run: tierlink sync')];
  return found.length > 0 ? found : [ok('nothing that figures need is blank')];
}

function blankFound(
  field: string,
  { records }: Expectation,
  { blank, all }: { blank: number; all: number },
): Found {
  const percent = ((100 * blank) / all).toFixed(1);
  const message = `${field} is blank on ${blank} of ${all} ${records} (${percent} %)`;
  if (blank < all * notableShare) return ok(message);
  return warn(
    'DOC-D02',
    message,
    `Fill it in the CRM (a report on records with a blank ${field} lists them), or map another field.`,
  );
}

async function countBlanks(
  { app, connection }: DataContext,
  { object, entity }: ObjectMapping,
  { attribute, where }: Expectation,
): Promise<{ blank: number; all: number }> {
  const [row] = await app.store.query<{ blank: number; total: number }>(
    `select count(*)::integer as total, count(*) filter (where r.${columnOf(attribute)} is null)::integer as blank
     from tierlink.${entities[entity].table} r
     where r.in_scope and r.deleted_at is null and ${where} and exists (select from tierlink.link l
       where l.record_id = r.id and l.entity = $3 and l.connection = $1 and l.object = $2 and l.state = 'live')`,
    [connection.alias, object, entity],
  );
  return { blank: row!.blank, all: row!.total };
}
