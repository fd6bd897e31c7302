import {
  type AttributeDefinition,
  type AttributeValue,
  columnOf,
  type EntityName,
  entities,
} from '../../model/entities.ts';
import { canonicalDecimal, isMoney } from '../../model/values.ts';
import type { Executor, Tx } from '../../store/store.ts';

/** A record of the program model with its values in canonical form; extra.<name> for attributes of one's own. */
export interface RecordRow {
  id: string;
  values: Record<string, AttributeValue>;
  inScope: boolean;
  /** ISO instants. */
  deletedAt: string | null;
  knownFrom: string;
  mergedInto: string | null;
}

interface Column {
  attribute: string;
  name: string;
  sqlType: string;
  type: AttributeDefinition['type'];
}

const sqlTypes: Readonly<Record<AttributeDefinition['type'], string>> = {
  text: 'text',
  choice: 'text',
  boolean: 'boolean',
  integer: 'integer',
  decimal: 'numeric',
  money: 'numeric',
  date: 'date',
  instant: 'timestamptz',
  list: 'text[]',
  ref: 'text',
};

/** Whether our value of the attribute is a column of the record; others are computed by the program. */
export function isStored(entity: EntityName, attribute: string): boolean {
  const definition = entities[entity].attributes[attribute];
  return definition !== undefined && (definition.owner === undefined || entity === 'credit');
}

const columnCache = new Map<EntityName, readonly Column[]>();

/** The columns that hold the attributes of an entity, money without its currency. */
function columnsOf(entity: EntityName): readonly Column[] {
  const known = columnCache.get(entity);
  if (known !== undefined) return known;
  const columns = Object.entries(entities[entity].attributes)
    .filter(([attribute]) => isStored(entity, attribute))
    .map(([attribute, { type }]) => ({
      attribute,
      name: columnOf(attribute),
      sqlType: sqlTypes[type],
      type,
    }));
  columnCache.set(entity, columns);
  return columns;
}

export function tableOf(entity: EntityName): string {
  return `tierlink.${entities[entity].table}`;
}

/** Records by id; those that do not exist are left out. */
export async function loadRecords(
  executor: Executor,
  entity: EntityName,
  ids: readonly string[],
): Promise<Map<string, RecordRow>> {
  if (ids.length === 0) return new Map();
  const rows = await executor.query(`select * from ${tableOf(entity)} where id = any($1::text[])`, [
    [...ids],
  ]);
  return new Map(rows.map((row) => [row.id as string, recordOf(entity, row)]));
}

/** A row of the entity's table in canonical form. */
export function recordOf(entity: EntityName, row: Record<string, unknown>): RecordRow {
  const values: Record<string, AttributeValue> = {};
  for (const column of columnsOf(entity)) values[column.attribute] = canonicalOf(column, row);
  for (const [name, value] of Object.entries((row.extra ?? {}) as Record<string, AttributeValue>)) {
    values[`extra.${name}`] = value;
  }
  return {
    id: row.id as string,
    values,
    inScope: row.in_scope as boolean,
    deletedAt: row.deleted_at as string | null,
    knownFrom: row.known_from as string,
    mergedInto: row.merged_into as string | null,
  };
}

function canonicalOf(column: Column, row: Record<string, unknown>): AttributeValue {
  const value = row[column.name] as AttributeValue;
  if (value === null) return null;
  if (column.type === 'decimal') return canonicalDecimal(value as string);
  if (column.type === 'money') {
    return {
      amount: canonicalDecimal(value as string)!,
      currency: row[`${column.name}_currency`] as string,
    };
  }
  return value;
}

/**
 * Writes whole records: new ones in, existing ones over. The former contents of existing ones are kept as versions
 * first, so that what was known at any moment can be asked. `now`: ISO instant from which the new contents are known.
 */
export async function saveRecords(
  tx: Executor,
  entity: EntityName,
  save: {
    created: readonly RecordRow[];
    changed: readonly RecordRow[];
    now: string;
    /** The created ones are known not to exist: faster, and an error when one does. (Default: false) */
    areNew?: boolean;
  },
): Promise<void> {
  await keepVersions(tx, entity, { ids: save.changed.map((row) => row.id), now: save.now });
  const { insert, orUpdate } = statementOf(entity);
  const write = async (rows: readonly RecordRow[], sql: string) => {
    if (rows.length === 0) return;
    await tx.query(sql, [JSON.stringify(rows.map((row) => jsonOf(entity, row))), save.now]);
  };
  if (save.areNew === true) await write(save.created, insert);
  await write(save.areNew === true ? save.changed : [...save.created, ...save.changed], insert + orUpdate);
}

/** Keeps the present contents of records as versions that end now. Call it before each change of a row. */
export async function keepVersions(
  tx: Executor,
  entity: EntityName,
  keep: { ids: readonly string[]; now: string },
): Promise<void> {
  if (keep.ids.length === 0) return;
  await tx.query(
    `insert into tierlink.record_version (entity, record_id, known_from, known_to, row)
     select $1, t.id, t.known_from, $2::timestamptz, to_jsonb(t) from ${tableOf(entity)} t
     where t.id = any($3::text[]) and t.known_from < $2::timestamptz
     on conflict do nothing`,
    [entity, keep.now, [...keep.ids]],
  );
}

function jsonOf(entity: EntityName, row: RecordRow): Record<string, unknown> {
  const json: Record<string, unknown> = { id: row.id };
  // What is left out becomes null; the fewer words the database has to read, the faster it is.
  for (const column of columnsOf(entity)) {
    const value = row.values[column.attribute] ?? null;
    if (value === null) continue;
    json[column.name] = isMoney(value) ? value.amount : value;
    if (isMoney(value)) json[`${column.name}_currency`] = value.currency;
  }
  json.extra = extraOf(row.values);
  if (!row.inScope) json.out_of_scope = true;
  if (row.deletedAt !== null) json.deleted_at = row.deletedAt;
  if (row.mergedInto !== null) json.merged_into = row.mergedInto;
  return json;
}

function extraOf(values: Readonly<Record<string, AttributeValue>>): Record<string, AttributeValue> {
  const extra: Record<string, AttributeValue> = {};
  for (const attribute in values) {
    if (attribute.startsWith('extra.')) extra[attribute.slice('extra.'.length)] = values[attribute] ?? null;
  }
  return extra;
}

interface Statement {
  insert: string;
  orUpdate: string;
}

const statements = new Map<EntityName, Statement>();

function statementOf(entity: EntityName): Statement {
  const known = statements.get(entity);
  if (known !== undefined) return known;
  const columns = columnsOf(entity).flatMap(({ name, sqlType, type }) =>
    type === 'money'
      ? [
          { name, sqlType },
          { name: `${name}_currency`, sqlType: 'text' },
        ]
      : [{ name, sqlType }],
  );
  const names = columns.map(({ name }) => name);
  const own = ['in_scope', 'deleted_at', 'merged_into', 'known_from', 'extra', ...names];
  const insert = `insert into ${tableOf(entity)} (id, ${own.join(', ')})
    select r.id, r.out_of_scope is null, r.deleted_at, r.merged_into, $2::timestamptz, r.extra,
      ${names.map((name) => `r.${name}`).join(', ')}
    from jsonb_to_recordset($1::jsonb) as r(id text, out_of_scope boolean, deleted_at timestamptz, merged_into text,
      extra jsonb, ${columns.map(({ name, sqlType }) => `${name} ${sqlType}`).join(', ')})`;
  const orUpdate = `
    on conflict (id) do update set ${own.map((name) => `${name} = excluded.${name}`).join(', ')}`;
  const statement = { insert, orUpdate };
  statements.set(entity, statement);
  return statement;
}

/** The last survivor of each record that was merged; the others are left out. */
export async function survivorsOf(
  tx: Tx,
  entity: EntityName,
  ids: readonly string[],
): Promise<Map<string, string>> {
  if (ids.length === 0) return new Map();
  const rows = await tx.query<{ id: string; survivor: string }>(
    `with recursive chain as (
       select id, merged_into as survivor, 1 as hops from ${tableOf(entity)}
       where id = any($1::text[]) and merged_into is not null
       union all
       select c.id, t.merged_into, c.hops + 1 from chain c join ${tableOf(entity)} t on t.id = c.survivor
       where t.merged_into is not null and c.hops < 100
     ) select distinct on (id) id, survivor from chain order by id, hops desc`,
    [[...new Set(ids)]],
  );
  return new Map(rows.map((row) => [row.id, row.survivor]));
}
