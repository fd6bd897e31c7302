import { type AttributeDefinition, columnOf, type EntityName, entities } from '../model/entities.ts';
import { column, type ExportColumn, type ExportTable, type ExportType } from './export-columns.ts';

const types: Readonly<Record<AttributeDefinition['type'], ExportType>> = {
  text: 'text',
  choice: 'text',
  boolean: 'boolean',
  integer: 'number',
  decimal: 'number',
  money: 'number',
  date: 'day',
  instant: 'instant',
  list: 'list',
  ref: 'text',
};

/** Records of the program model, one table for each entity that CRMs and files bring in. */
export const recordTables: readonly ExportTable[] = (
  [
    ['partners', 'partner'],
    ['people', 'person'],
    ['customers', 'customer'],
    ['leads', 'lead'],
    ['deals', 'deal'],
    ['credits', 'credit'],
    ['certifications', 'certification'],
    ['cases', 'case'],
    ['facts', 'fact'],
  ] as const
).map(([name, entity]) => recordTable(name, entity));

function recordTable(name: string, entity: EntityName): ExportTable {
  const { table, label, attributes } = entities[entity];
  // What the program owns of a partner is in the table of tiers.
  const own = Object.entries(attributes).filter(
    ([key, { owner }]) => owner !== 'program' || key === 'weight',
  );
  return {
    name,
    meaning: `${label} records, also such as were deleted or merged, or left their scope.`,
    columns: [
      column('id', 'text', 'r.id', 'Our id.'),
      column('crmIds', 'list', crmIds(entity), 'The records of CRMs that it is linked to, as connection:id.'),
      ...own.flatMap(([key, definition]) => attributeColumns(key, definition)),
      column('inScope', 'boolean', 'r.in_scope', 'Whether it takes part.'),
      column('deletedAt', 'instant', 'r.deleted_at', 'When it was deleted in the CRM; blank: it was not.'),
      column('mergedInto', 'text', 'r.merged_into', 'Our id of the record that it became a part of.'),
      column('knownFrom', 'instant', 'r.known_from', 'Since when its values are known as they are.'),
    ],
    from: `tierlink.${table} r`,
    order: 'r.id collate "C"',
    extra: 'r',
  };
}

function crmIds(entity: EntityName): string {
  return `array(select l.connection || ':' || l.crm_id from tierlink.link l
    where l.entity = '${entity}' and l.record_id = r.id and l.state = 'live' order by 1)`;
}

function attributeColumns(key: string, { type, to, help }: AttributeDefinition): ExportColumn[] {
  const sql = `r.${columnOf(key)}`;
  const own = column(key, types[type], sql, to === undefined ? help : `Our id. ${help}`);
  if (type === 'money') return [own, column(`${key}Currency`, 'text', `${sql}_currency`, 'Its currency.')];
  if (to === undefined) return [own];
  const { table } = entities[to];
  return [
    own,
    column(`${key}Name`, 'text', `(select n.name from tierlink.${table} n where n.id = ${sql})`, 'Its name.'),
  ];
}
