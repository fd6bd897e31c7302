import { columnOf, entities } from '../../src/model/entities.ts';
import type { Store } from '../../src/store/store.ts';
import { type Amount, type Kind, kinds, type Row, type World } from './world.ts';

/** Puts the records into the store in the place of all that were there. */
export async function loadWorld(store: Store, world: World): Promise<void> {
  await store.query(kinds.map((kind) => `delete from tierlink.${entities[kind].table};`).join(' '));
  for (const kind of kinds) await insert(store, kind, world[kind]);
}

const sqlTypes: Readonly<Record<string, string>> = {
  boolean: 'boolean',
  integer: 'integer',
  decimal: 'numeric',
  date: 'date',
  instant: 'timestamptz',
  list: 'text[]',
};

async function insert(store: Store, kind: Kind, rows: readonly Row[]): Promise<void> {
  if (rows.length === 0) return;
  const columns: [name: string, type: string][] = [
    ['id', 'text'],
    ['extra', 'jsonb'],
    ['in_scope', 'boolean'],
    ['deleted_at', 'timestamptz'],
    ['merged_into', 'text'],
    ...attributesOf(kind).flatMap(([name, type]): [string, string][] =>
      type === 'money'
        ? [
            [columnOf(name), 'numeric'],
            [`${columnOf(name)}_currency`, 'text'],
          ]
        : [[columnOf(name), sqlTypes[type] ?? 'text']],
    ),
  ];
  const names = columns.map(([name]) => name).join(', ');
  await store.query(
    `insert into tierlink.${entities[kind].table} (${names})
     select ${names} from jsonb_to_recordset($1::jsonb) as r(${columns.map((one) => one.join(' ')).join(', ')})`,
    [JSON.stringify(rows.map((row) => columnsOf(kind, row)))],
  );
}

/** Attributes that are in the store: what the program decides about a partner is not. */
function attributesOf(kind: Kind): [name: string, type: string][] {
  return Object.entries(entities[kind].attributes).flatMap(([name, { type, owner }]) =>
    owner === 'program' && kind === 'partner' ? [] : [[name, type] as [string, string]],
  );
}

function columnsOf(kind: Kind, { id, state, values, extra }: Row): Record<string, unknown> {
  const columns: Record<string, unknown> = {
    id,
    extra,
    in_scope: state !== 'outOfScope',
    deleted_at: state === 'deleted' ? '2026-01-01T00:00:00Z' : null,
    merged_into: state === 'merged' ? `${id}-survivor` : null,
  };
  for (const [name, type] of attributesOf(kind)) {
    const value = values[name] ?? null;
    if (type !== 'money') columns[columnOf(name)] = value;
    else {
      const money = value as Amount | null;
      columns[columnOf(name)] = money?.amount ?? null;
      columns[`${columnOf(name)}_currency`] = money?.currency ?? null;
    }
  }
  return columns;
}
