import type { InstallPart, PartReason, WantedShape } from '../../../src/sync/installer.ts';
import { partId } from '../../../src/sync/installer.ts';
import type { SourceRequest } from '../../../src/sync/mapping/provision.ts';
import { objectOfLayout, onlyWritten } from '../../shared/layouts.ts';
import { namedFields } from '../../shared/named-fields.ts';
import { type InstalledColumn, neededColumns } from './columns.ts';
import { isOurs, prefixOf, roleId, roleName, solutionName } from './publisher.ts';
import { relationshipName } from './relationships.ts';
import { rolePrivileges } from './role.ts';
import { type InstalledTable, installedTables, keyNameOf } from './tables.ts';

/** What a part is to the installer, beside what the engine compares. */
export type PartDetail =
  | { is: 'publisher'; prefix: string }
  | { is: 'solution'; prefix: string }
  | { is: 'table'; table: string; own: OwnTable | null }
  | { is: 'column'; column: InstalledColumn; relationship: string | null }
  | { is: 'named column'; table: string; name: string }
  | { is: 'key'; table: string; column: string; name: string }
  | { is: 'role'; id: string; privileges: readonly string[] }
  | { is: 'rights'; privileges: readonly string[] }
  | ({ is: 'form' } & FormDetail);

export interface FormDetail {
  table: string;
  /** The name of the form; null for all main forms of the table. */
  form: string | null;
  /** What may be put on it. */
  columns: readonly InstalledColumn[];
  /** Names of those that people may only read. */
  readOnly: readonly string[];
}

/** A table that is made: its words, and the column that names its rows, which comes with it. */
export interface OwnTable {
  label: string;
  plural: string;
  primaryName: InstalledColumn;
}

type Part = Omit<InstallPart, 'want' | 'detail'> & { want?: Partial<WantedShape>; detail: PartDetail };

/** What the mappings need, from the very lists that the generated solution is written from. */
export function installParts(request: SourceRequest): InstallPart[] {
  const columns = neededColumns(request);
  const tables = installedTables(
    request,
    columns.filter(({ name }) => isOurs(name, request)),
  );
  return [
    ...packageParts(prefixOf(request)),
    ...tableParts(request, tables),
    ...columnParts(request, columns, tables),
    ...namedColumnParts(request, columns),
    ...keyParts(request),
    ...roleParts(request),
    ...formParts(request, columns, tables),
  ].map(({ want, ...part }) => ({
    ...part,
    want: { types: [], exactly: {}, atLeast: {}, includes: {}, ...want },
  }));
}

const solutions = 'Power Apps > Solutions';

function packageParts(prefix: string): Part[] {
  const publisher: Part = {
    ...{ kind: 'package', name: prefix, label: 'Publisher', object: null, may: 'create', why: [], needs: [] },
    want: { types: ['Publisher'] },
    setUp: `${solutions} > Publishers`,
    detail: { is: 'publisher', prefix },
  };
  const solution: Part = {
    ...{ kind: 'package', name: solutionName, label: solutionName, object: null, may: 'create', why: [] },
    want: { types: ['Solution'], exactly: { managed: false, prefix } },
    needs: [partId(publisher)],
    setUp: `${solutions} > ${solutionName}`,
    detail: { is: 'solution', prefix },
  };
  return [publisher, solution];
}

const setUpOf = (table: string, column?: string): string =>
  `Power Apps > Tables > ${table}${column === undefined ? '' : ` > Columns > ${column}`}`;

const tableId = (name: string): string => partId({ kind: 'object', name });

/** What a table has whose changes can be followed. */
export const tracking = 'change tracking';

/** Tables of ours are made where mappings create rows in them; all others have to be there. */
function tableParts({ mappings }: SourceRequest, tables: readonly InstalledTable[]): Part[] {
  const names = [...new Set(mappings.map(({ object }) => object))].sort();
  return names.map((name): Part => {
    const own = ownOf(tables.find((table) => table.name === name));
    const why = mappings
      .filter(({ object }) => object === name)
      .map(({ file }) => ({ file, path: ['object'] }));
    return {
      ...{ kind: 'object', name, label: own?.label ?? name, object: name, needs: [], why },
      may: own === null ? 'never' : 'create',
      // That changes can be followed is set when a table is made; for theirs a person decides it.
      want: { types: ['Table'], includes: own === null ? { [tracking]: 'Track changes' } : {} },
      setUp: own === null ? `${setUpOf(name)} > Properties > Advanced options` : setUpOf(name),
      detail: { is: 'table', table: name, own },
    };
  });
}

function ownOf(table: InstalledTable | undefined): OwnTable | null {
  const primaryName = table?.columns.find((column) => column.kind === 'text' && column.isPrimaryName);
  return table?.own === undefined || primaryName === undefined ? null : { ...table.own, primaryName };
}

function columnParts(
  request: SourceRequest,
  columns: readonly InstalledColumn[],
  tables: readonly InstalledTable[],
): Part[] {
  const withTable = new Set(
    tables.flatMap((table) => {
      const own = ownOf(table);
      return own === null ? [] : [`${table.name}.${own.primaryName.name}`];
    }),
  );
  return columns.flatMap((column): Part[] => {
    const { table, name, label, why, kind } = column;
    if (withTable.has(`${table}.${name}`)) return [];
    const target = kind === 'lookup' ? [tableId(column.target)] : [];
    return [
      {
        ...{ kind: 'field', name: `${table}.${name}`, label, object: table, why },
        may: isOurs(name, request) ? 'create' : name in statusTypes ? 'never' : 'extend',
        want: wantedOf(column),
        // The table pointed to may be one that no mapping reads; then it is the platform's.
        needs: [tableId(table), ...target],
        setUp: setUpOf(table, name),
        detail: {
          is: 'column',
          column,
          relationship: kind === 'lookup' ? relationshipName(column, prefixOf(request)) : null,
        },
      },
    ];
  });
}

/** Words of the platform for what a column holds; others serve that hold the same and are read and written alike. */
const typesOf: Readonly<Record<InstalledColumn['kind'], readonly string[]>> = {
  text: ['String', 'Memo'],
  memo: ['Memo', 'String'],
  integer: ['Integer', 'BigInt', 'Decimal'],
  decimal: ['Decimal', 'Double', 'Money'],
  money: ['Money'],
  boolean: ['Boolean'],
  choice: ['Picklist'],
  lookup: ['Lookup', 'Customer'],
  date: ['DateTime'],
  dateTime: ['DateTime'],
};

/**
 * Columns that every table has for the state of its rows. A new reason belongs to a state, which no mapping says, so a person adds
 * it; states themselves are the platform's.
 */
const statusTypes: Readonly<Record<string, string>> = { statecode: 'State', statuscode: 'Status' };

function wantedOf(column: InstalledColumn): Partial<WantedShape> {
  const status = statusTypes[column.name];
  const types = status === undefined ? typesOf[column.kind] : [status];
  switch (column.kind) {
    case 'text':
    case 'memo':
      return { types, atLeast: { length: column.length } };
    case 'decimal':
    case 'money':
      return { types, atLeast: { places: column.precision } };
    case 'choice':
      return {
        types,
        includes: Object.fromEntries(column.options.map(({ value, label }) => [String(value), label])),
      };
    case 'lookup':
      return { types, exactly: { to: column.target } };
    case 'date':
    case 'dateTime':
      return { types, exactly: { day: column.kind === 'date' } };
    default:
      return { types };
  }
}

/**
 * Columns that somebody added to the environment, and that mappings name without saying what to make of them, and choices to which
 * they write values: what these lack a person adds.
 */
function namedColumnParts({ mappings }: SourceRequest, columns: readonly InstalledColumn[]): Part[] {
  const named = new Map<string, { field: string; table: string; values: string[]; why: PartReason[] }>();
  const known = new Set(columns.map(({ table, name }) => `${table}.${name}`));
  for (const mapping of mappings) {
    for (const { field, path, values } of namedFields(mapping)) {
      const name = `${mapping.object}.${field}`;
      if (known.has(name) || (!isAdded(field) && values.length === 0)) continue;
      const one = named.get(name) ?? { field, table: mapping.object, values: [], why: [] };
      one.values.push(...values);
      one.why.push({ file: mapping.file, path });
      named.set(name, one);
    }
  }
  return [...named].map(([name, { field, table, values, why }]) => ({
    ...{ kind: 'field', name, label: field, object: table, may: 'never', why },
    want: { includes: Object.fromEntries(values.map((value) => [value, value])) },
    needs: [tableId(table)],
    setUp: setUpOf(table, field),
    detail: { is: 'named column', table, name: field },
  }));
}

/** Names of what was added begin with a prefix; address1_city is the platform's own. */
function isAdded(column: string): boolean {
  return /^(?!address\d_)[a-z][a-z0-9]{1,7}_/.test(column);
}

/** Our own keys are made; that of somebody else's column has to be there. */
function keyParts(request: SourceRequest): Part[] {
  const parts = new Map<string, Part & { why: PartReason[] }>();
  for (const { object: table, key: column, file } of request.mappings) {
    if (column === undefined) continue;
    const name = keyNameOf(column);
    const why = { file, path: ['key'] };
    const known = parts.get(`${table}.${name}`);
    if (known !== undefined) {
      known.why.push(why);
      continue;
    }
    parts.set(`${table}.${name}`, {
      ...{ kind: 'key', name: `${table}.${name}`, label: 'Tierlink Id', object: table, why: [why] },
      may: isOurs(column, request) ? 'create' : 'never',
      want: { types: ['Alternate key'], exactly: { columns: column } },
      needs: [tableId(table), partId({ kind: 'field', name: `${table}.${column}` })],
      setUp: `${setUpOf(table)} > Keys`,
      detail: { is: 'key', table, column, name },
    });
  }
  return [...parts.values()];
}

function roleParts(request: SourceRequest): Part[] {
  const privileges = rolePrivileges(request);
  const includes = Object.fromEntries(privileges.map((name) => [name, name]));
  const users = 'Power Platform admin center > Environments > Settings > Users + permissions';
  const role: Part = {
    ...{ kind: 'permission', name: roleName, label: roleName, object: null, may: 'create', why: [] },
    want: { types: ['Security role'], includes },
    needs: [],
    setUp: `${users} > Security roles > ${roleName}`,
    detail: { is: 'role', id: roleId, privileges },
  };
  return [
    role,
    {
      ...{ kind: 'permission', name: `${roleName} for the user`, label: 'Assignment', object: null, why: [] },
      may: 'byHand',
      want: { types: ['Rights of the user'], includes },
      needs: [partId(role)],
      setUp: `${users} > Application users > the integration user's > Edit security roles > ${roleName}`,
      detail: { is: 'rights', privileges },
    },
  ];
}

/**
 * Where people see our columns. On the forms that somebody has named they are added; for other people's tables of which none is
 * named, a person does it.
 */
function formParts(
  request: SourceRequest,
  columns: readonly InstalledColumn[],
  tables: readonly InstalledTable[],
): Part[] {
  const shown = columns.filter(({ label }) => label !== 'Tierlink Id');
  const isTheirs = (table: string) => tables.some(({ name, own }) => name === table && own === undefined);
  const named = [...new Set(request.layouts)].map((name) => ({ name, table: objectOfLayout(name) }));
  const settled = new Set(named.map(({ table }) => table));
  const others = [...new Set(shown.map(({ table }) => table))].filter(
    (table) => isTheirs(table) && !settled.has(table),
  );
  const part = (
    table: string,
    more: Pick<Part, 'name' | 'may' | 'needs' | 'comesWith' | 'setUp'> & Pick<FormDetail, 'form'>,
  ): Part => {
    const { form, ...words } = more;
    const own = shown.filter((column) => column.table === table);
    const includes = Object.fromEntries(own.map(({ name, label }) => [name, label]));
    return {
      ...{ kind: 'layout', label: 'Main form', object: table, ...words },
      want: { types: ['Main form'], includes },
      why: own.flatMap(({ why }) => why),
      detail: { is: 'form', table, form, columns: own, readOnly: onlyWritten(request.mappings, table) },
    };
  };
  return [
    ...others.sort().map((table) => {
      const setUp = `${setUpOf(table)} > Forms > the main form > add the columns; or name it in tierlink.yaml, under layouts`;
      return part(table, {
        name: `${table} main form`,
        may: 'byHand',
        form: null,
        needs: [tableId(table)],
        setUp,
      });
    }),
    ...named.map(({ name, table }) => {
      const own = shown.filter((column) => column.table === table);
      const needs = own.map((column) => partId({ kind: 'field', name: `${table}.${column.name}` }));
      const form = name.slice(table.length + 1);
      return part(table, {
        ...{ name, may: 'extend', form, needs },
        ...(isTheirs(table) ? {} : { comesWith: tableId(table) }),
        setUp: `${setUpOf(table)} > Forms > the name that tierlink.yaml has under layouts`,
      });
    }),
  ];
}
