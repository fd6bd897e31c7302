import { idOfFileKey } from '../model/record-id.ts';
import type { Executor } from '../store/store.ts';
import type { RowError } from './import-parse.ts';
import { type FileCompany, findCompanies } from './import-references.ts';
import { errorIn, type ImportRecord, type Settled } from './import-rows.ts';
import type { KnownPartners } from './known-partners.ts';

/**
 * Gives partners the parents that their rows name, be they known or in the same file, before or after. Parents that form a
 * circle, and rows whose parent is not imported, are errors.
 */
export async function placeParents(
  tx: Executor,
  records: readonly ImportRecord[],
  known: KnownPartners,
): Promise<Settled> {
  const words = [...new Set(records.flatMap(({ cells }) => cells.parent || []))];
  const beside = records.map((record) => companyOf(record, known));
  const parentOf = await findCompanies(tx, { entity: 'partner', words, beside });
  const errors: RowError[] = [];
  for (const record of records) {
    const word = record.cells.parent;
    if (word === undefined) continue;
    const match = word === '' ? null : parentOf(word);
    if (match === null || 'id' in match) record.values.parent = match?.id ?? null;
    else errors.push(errorIn(record, 'parent', match.problem));
  }
  errors.push(...circles(records, await parentsAbove(tx, records)));
  return withoutOrphans(records, { errors, known });
}

/** What a row leaves out is as it is known. */
function companyOf({ id, key, values }: ImportRecord, known: KnownPartners): FileCompany {
  const before = known.byId.get(id)?.values;
  const given = (name: 'name' | 'number' | 'website') =>
    (values[name] === undefined ? (before?.[name] ?? null) : values[name]) as string | null;
  return {
    id,
    own: idOfFileKey(key),
    name: given('name'),
    number: given('number'),
    website: given('website'),
  };
}

/** Parents as they are stored, of the partners of the file and of everybody above them. */
async function parentsAbove(tx: Executor, records: readonly ImportRecord[]): Promise<Map<string, string>> {
  const ids = records.flatMap(({ id, values }) => [id, ...(values.parent ? [String(values.parent)] : [])]);
  const rows = await tx.query<{ id: string; parent: string }>(
    `with recursive up(id, parent) as (select id, parent from tierlink.partner where id = any($1::text[])
       union select p.id, p.parent from up join tierlink.partner p on p.id = up.parent)
     select id, parent from up where parent is not null`,
    [[...new Set(ids)]],
  );
  return new Map(rows.map(({ id, parent }) => [id, parent]));
}

/** Each partner is looked at once, however long the chains are. */
function circles(records: readonly ImportRecord[], above: ReadonlyMap<string, string>): RowError[] {
  const byId = new Map(records.map((record) => [record.id, record]));
  const parentOf = (id: string) => {
    const given = byId.get(id)?.values.parent;
    return given === undefined ? above.get(id) : (given as string | null);
  };
  const done = new Set<string>();
  const errors: RowError[] = [];
  for (const { id } of records) {
    const path = new Map<string, number>();
    let at: string | null | undefined = id;
    while (at && !done.has(at) && !path.has(at)) {
      path.set(at, path.size);
      at = parentOf(at);
    }
    if (at && path.has(at)) errors.push(...circleErrors([...path.keys()].slice(path.get(at)), byId));
    for (const each of path.keys()) done.add(each);
  }
  return errors;
}

function circleErrors(ids: readonly string[], byId: ReadonlyMap<string, ImportRecord>): RowError[] {
  const rows = ids.flatMap((id) => byId.get(id) ?? []).filter(({ values }) => values.parent !== undefined);
  const names = ids.map((id) => {
    const row = byId.get(id);
    return row === undefined ? id : `line ${row.line}`;
  });
  const reason =
    ids.length === 1 ? 'a partner is not its own parent' : `a circle of parents: ${names.join(', ')}`;
  return rows.map((row) => errorIn(row, 'parent', reason));
}

/** A new partner that is not imported takes the rows along whose parent it is. */
function withoutOrphans(
  records: readonly ImportRecord[],
  { errors, known }: { errors: readonly RowError[]; known: KnownPartners },
): Settled {
  const all = [...errors];
  const wrong = new Set(errors.map(({ line }) => line));
  const children = new Map<string, ImportRecord[]>();
  for (const record of records) {
    const parent = record.values.parent;
    if (typeof parent !== 'string') continue;
    const siblings = children.get(parent);
    if (siblings === undefined) children.set(parent, [record]);
    else siblings.push(record);
  }
  const left = records.filter(({ line }) => wrong.has(line));
  for (let next = left.pop(); next !== undefined; next = left.pop()) {
    if (known.byId.has(next.id)) continue;
    for (const child of children.get(next.id) ?? []) {
      if (wrong.has(child.line)) continue;
      wrong.add(child.line);
      all.push(errorIn(child, 'parent', `the row of its parent, line ${next.line}, has an error`));
      left.push(child);
    }
  }
  return { records: records.filter(({ line }) => !wrong.has(line)), errors: all };
}
