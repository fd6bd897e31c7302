import { columnOf, entities } from '../../model/entities.ts';
import { ratesOf } from '../../program/currency.ts';
import { planMapping } from '../../sync/mapping/plan.ts';
import type { ObjectMapping } from '../../sync/mapping/schema.ts';
import { loadConnection } from '../../sync/records/connections.ts';
import type { ConnectionContext } from './connection-checks.ts';
import { type DoctorCheck, type Found, fail, ok } from './finding.ts';

type CurrencyContext = Pick<ConnectionContext, 'app' | 'connection'>;

export const currencyChecks: readonly DoctorCheck<CurrencyContext>[] = [
  { name: 'currencies', look: currenciesFound },
];

/**
 * Amounts without a rate are in no sum, and the figures that would need them say so; which currencies these are is told
 * here, also before anything was read.
 */
async function currenciesFound({ app, connection }: CurrencyContext): Promise<Found[]> {
  const mappings = connection.mappings().filter((mapping) => moneyAttributes(mapping).length > 0);
  if (mappings.length === 0) return [ok('no amount is read')];
  const counts = new Map<string, number>();
  for (const mapping of mappings) {
    for (const attribute of moneyAttributes(mapping))
      await countInto(counts, { app, connection }, { mapping, attribute });
  }
  const { currency } = await loadConnection(app.store.db, connection.alias);
  const org = currency ?? app.program.currency.code;
  if (!counts.has(org)) counts.set(org, 0);
  const known = [...counts].filter(([code]) => ratesOf(app.program, code).length > 0).map(([code]) => code);
  const unknown = [...counts].filter(([code]) => !known.includes(code));
  if (unknown.length === 0) return [ok(`the program has a rate for ${known.sort().join(', ')}`)];
  return unknown.sort().map(([code, records]) => unrated(code, { records, isOrg: code === org }));
}

function unrated(code: string, { records, isOrg }: { records: number; isOrg: boolean }): Found {
  const what =
    records === 1 ? `1 amount is in ${code}` : `${records > 0 ? `${records} ` : ''}amounts are in ${code}`;
  return fail(
    'DOC-D03',
    `${what}${isOrg ? ', the currency of the org' : ''}, for which the program has no rate: figures that need them are not computed`,
    `Add ${code} to currency.rates of the program, as what one ${code} is worth in the program's currency.`,
  );
}

function moneyAttributes(mapping: ObjectMapping): string[] {
  return planMapping(mapping)
    .attributes.filter(
      ({ type, spec, home }) => type === 'money' && spec.direction !== 'out' && home === 'column',
    )
    .map(({ attribute }) => attribute);
}

async function countInto(
  counts: Map<string, number>,
  { app, connection }: CurrencyContext,
  { mapping, attribute }: { mapping: ObjectMapping; attribute: string },
): Promise<void> {
  const column = columnOf(attribute);
  const rows = await app.store.query<{ code: string; records: number }>(
    `select r.${column}_currency as code, count(*)::integer as records
     from tierlink.${entities[mapping.entity].table} r
     where r.in_scope and r.deleted_at is null and r.${column} is not null and r.${column}_currency is not null
       and exists (select from tierlink.link l where l.record_id = r.id and l.entity = $3 and l.connection = $1
         and l.object = $2 and l.state = 'live')
     group by 1`,
    [connection.alias, mapping.object, mapping.entity],
  );
  for (const { code, records } of rows) counts.set(code, (counts.get(code) ?? 0) + records);
}
