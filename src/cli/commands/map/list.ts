import { resolve } from 'node:path';
import { z } from 'zod';
import { chooseConnection } from '../../../project.ts';
import { loadMappings } from '../../../sync/mapping/mapping.ts';
import type { ObjectMapping } from '../../../sync/mapping/schema.ts';
import { defineCommand } from '../../command.ts';
import { formatValue } from '../../format.ts';
import { text } from './map.messages.ts';

const mappingSchema = z.strictObject({
  name: z.string(),
  file: z.string(),
  object: z.string(),
  entity: z.string(),
  scope: z.string(),
  create: z.boolean(),
  optional: z.boolean(),
  in: z.int(),
  out: z.int(),
  both: z.int(),
});

export const mapList = defineCommand({
  name: 'map list',
  summary: text.list.summary,
  examples: ['tierlink map list', 'tierlink map list --connection prod'],
  result: z.strictObject({ connection: z.string(), mappings: z.array(mappingSchema) }),
  // Files only: it helps while a mapping is written, before any CRM is connected.
  run: async ({ global, project }) => {
    const read = project();
    const alias = chooseConnection(read, global.connection);
    const mappings = loadMappings(resolve(read.folder, read.connections[alias]!.mappings));
    return { result: { connection: alias, mappings: mappings.map(describe) } };
  },
  show: ({ mappings }, screen) =>
    screen.table(
      text.list.columns.map((title, index) => ({
        title,
        align: index > 3 ? 'right' : 'left',
        wrap: index === 3,
        beside: index !== 3 && index !== 4,
      })),
      mappings.map((mapping) => [
        mapping.name,
        mapping.object,
        mapping.entity,
        mapping.scope,
        String(mapping.in),
        String(mapping.out),
        String(mapping.both),
      ]),
    ),
});

function describe(mapping: ObjectMapping): z.infer<typeof mappingSchema> {
  const directions = Object.values(mapping.attributes).map(({ direction }) => direction);
  const count = (wanted: string) => directions.filter((direction) => direction === wanted).length;
  return {
    name: mapping.name,
    file: mapping.file,
    object: mapping.object,
    entity: mapping.entity,
    scope: scopeText(mapping),
    create: mapping.create,
    optional: mapping.optional,
    in: count('in'),
    out: count('out'),
    both: count('both'),
  };
}

function scopeText({ scope, create, optional }: ObjectMapping): string {
  const where = Object.entries(scope.where ?? {}).map(
    ([field, values]) => `${field} = ${formatValue(values)}`,
  );
  const parts = [
    ...(scope.recordTypes === undefined ? [] : [scope.recordTypes.join(', ')]),
    ...where,
    ...(scope.filter === undefined ? [] : [scope.filter]),
    ...(create ? [text.list.creates] : []),
    ...(optional ? [text.list.optional] : []),
  ];
  return parts.length === 0 ? text.list.all : parts.join('; ');
}
