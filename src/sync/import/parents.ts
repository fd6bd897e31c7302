import { idOfFileKey } from '../../model/record-id.ts';
import type { Tx } from '../../store/store.ts';
import { knownPartners } from '../records/known-partners.ts';
import type { RowError } from './parse.ts';
import { addAsked, type FileCompany, findCompanies, parentsFor } from './references.ts';
import { errorIn, type ImportRecord } from './rows.ts';
import { addFindings, leaveOutErrors, recordPages } from './staging.ts';

/**
 * Gives staged partners the parents that their rows name, be they known or in the same file, before or after. Parents that
 * form a circle, and rows whose parent is not imported, are errors.
 */
export async function placeParents(tx: Tx): Promise<void> {
  if (!(await askForParents(tx))) return;
  await findCompanies(tx, { entity: 'partner', asked: 'parent', beside: 'pg_temp.import_beside' });
  await tx.query(
    `create temporary table import_edge (id text not null, parent text, line integer, up text) on commit drop`,
  );
  for await (const page of recordPages(tx)) await placePage(tx, page);
  await addParentsAbove(tx);
  await addFindings(tx, 'error', await circles(tx));
  await refuseOrphans(tx);
  await leaveOutErrors(tx);
}

/** Notes the words for parents, and the companies of the file as words may name them. Returns whether there are words. */
async function askForParents(tx: Tx): Promise<boolean> {
  await tx.query(
    `create temporary table import_beside (id text, own text, name text, number text, website text) on commit drop`,
  );
  let isAsked = false;
  for await (const page of recordPages(tx)) {
    const words = [...new Set(page.flatMap(({ cells }) => cells.parent || []))];
    isAsked ||= page.some(({ cells }) => cells.parent !== undefined);
    await addAsked(tx, 'parent', words);
    const known = await knownPartners(tx, {
      ids: page.map(({ id }) => id),
      ...{ fileKeys: [], numbers: [], vats: [] },
    });
    const companies = page.map((record) => companyOf(record, known.byId.get(record.id)?.values));
    await tx.query(
      `insert into pg_temp.import_beside select * from json_to_recordset($1::json)
         as r(id text, own text, name text, number text, website text)`,
      [JSON.stringify(companies)],
    );
  }
  return isAsked;
}

/** What a row leaves out is as it is known. */
function companyOf(
  { id, key, values }: ImportRecord,
  before: Readonly<Record<'name' | 'number' | 'website', string | null>> | undefined,
): FileCompany {
  const given = (name: 'name' | 'number' | 'website') =>
    (values[name] === undefined ? (before?.[name] ?? null) : values[name]) as string | null;
  const own = idOfFileKey(key);
  return { id, own, name: given('name'), number: given('number'), website: given('website') };
}

async function placePage(tx: Tx, page: readonly ImportRecord[]): Promise<void> {
  const parentOf = await parentsFor(tx, [...new Set(page.flatMap(({ cells }) => cells.parent || []))]);
  const errors: RowError[] = [];
  const edges: { line: number; id: string; parent: string | null }[] = [];
  for (const record of page) {
    const { line, id, cells } = record;
    if (cells.parent === undefined) continue;
    const match = cells.parent === '' ? null : parentOf(cells.parent);
    if (match === null || 'id' in match) edges.push({ line, id, parent: match?.id ?? null });
    else errors.push(errorIn(record, 'parent', match.problem));
  }
  await addFindings(tx, 'error', errors);
  await tx.query(
    `insert into pg_temp.import_edge (line, id, parent, up) select r.line, r.id, r.parent, r.parent
     from json_to_recordset($1::json) as r(line integer, id text, parent text)`,
    [JSON.stringify(edges)],
  );
  await tx.query(
    `update pg_temp.import_record r
     set record = jsonb_set(r.record::jsonb, '{values,parent}', coalesce(to_jsonb(e.parent), 'null'))::json
     from pg_temp.import_edge e where e.line = r.line and e.line between $1 and $2`,
    [page[0]!.line, page.at(-1)!.line],
  );
}

/** Parents as they are stored, of everybody above the partners of the file. */
async function addParentsAbove(tx: Tx): Promise<void> {
  await tx.query('create index on pg_temp.import_edge using hash (id)');
  await tx.query('create index on pg_temp.import_edge (line)');
  await tx.query('analyze pg_temp.import_edge');
  await tx.query(
    `insert into pg_temp.import_edge (id, parent, up)
     with recursive up(id, parent) as (
       select p.id, p.parent from tierlink.partner p
         where p.id in (select id from pg_temp.import_record where stays union select parent from pg_temp.import_edge)
       union select p.id, p.parent from up join tierlink.partner p on p.id = up.parent)
     select up.id, up.parent, up.parent from up
     where up.parent is not null and not exists (select from pg_temp.import_edge e where e.id = up.id)`,
  );
}

/**
 * The rows of partners that are above themselves. First everybody climbs: one level, then two, four and so on, so that after a
 * few rounds only those are still on their way who come to a circle.
 */
async function circles(tx: Tx): Promise<RowError[]> {
  const [counted] = await tx.query<{ count: number }>(
    'select count(*)::integer as count from pg_temp.import_edge where up is not null',
  );
  let climbing = counted!.count;
  for (let levels = 1; climbing > 0 && levels <= counted!.count; levels *= 2) {
    await tx.query(
      `update pg_temp.import_edge e set up = (select f.up from pg_temp.import_edge f where f.id = e.up)
       where up is not null`,
    );
    const [left] = await tx.query<{ count: number }>(
      'select count(*)::integer as count from pg_temp.import_edge where up is not null',
    );
    climbing = left!.count;
  }
  if (climbing === 0) return [];
  const rows = await tx.query<Edge & Record<string, unknown>>(
    `select e.id, e.parent, e.line, r.line as named, w.cells->>'parent' as cell
     from pg_temp.import_edge e left join pg_temp.import_record r on r.id = e.id and r.stays
     left join pg_temp.import_row w on w.line = r.line
     where e.up is not null order by e.line nulls last, e.id collate "C"`,
  );
  return circlesOf(rows);
}

interface Edge {
  id: string;
  parent: string;
  /** Row that says so; null for what is known of a partner of whose parent the file says nothing. */
  line: number | null;
  /** Row of the partner; null for one that the file does not have. */
  named: number | null;
  cell: string | null;
}

/** Each partner is looked at once, however long the chains are. */
function circlesOf(edges: readonly Edge[]): RowError[] {
  const byId = new Map(edges.map((edge) => [edge.id, edge]));
  const done = new Set<string>();
  const errors: RowError[] = [];
  for (const { id } of edges) {
    const path = new Map<string, number>();
    let at: string | undefined = id;
    while (at !== undefined && !done.has(at) && !path.has(at)) {
      path.set(at, path.size);
      at = byId.get(at)?.parent;
    }
    if (at !== undefined && path.has(at))
      errors.push(...circleErrors([...path.keys()].slice(path.get(at)).map((each) => byId.get(each)!)));
    for (const each of path.keys()) done.add(each);
  }
  return errors;
}

function circleErrors(edges: readonly Edge[]): RowError[] {
  const names = edges.map(({ id, named }) => (named === null ? id : `line ${named}`));
  const reason =
    edges.length === 1 ? 'a partner is not its own parent' : `a circle of parents: ${names.join(', ')}`;
  return edges.flatMap(({ line, cell }) =>
    line === null ? [] : [{ line, column: 'parent', value: cell ?? '', reason }],
  );
}

/** A new partner that is not imported takes the rows along whose parent it is. */
async function refuseOrphans(tx: Tx): Promise<void> {
  await tx.query(
    `insert into pg_temp.import_finding (kind, line, column_name, value, reason)
     with recursive gone(id, line) as (
       select r.id, r.line from pg_temp.import_record r
         where stays and exists (select from pg_temp.import_finding f where f.line = r.line and f.kind = 'error')
       union select e.id, e.line from gone join pg_temp.import_edge e on e.parent = gone.id and e.line is not null
         where not exists (select from pg_temp.import_partner p where p.id = gone.id))
     select 'error', e.line, 'parent', w.cells->>'parent',
       format('the row of its parent, line %s, has an error', g.line)
     from gone g join pg_temp.import_edge e on e.parent = g.id and e.line is not null
     join pg_temp.import_row w on w.line = e.line
     where not exists (select from pg_temp.import_partner p where p.id = g.id)
       and not exists (select from pg_temp.import_finding f where f.line = e.line and f.kind = 'error')
     order by e.line`,
  );
}
