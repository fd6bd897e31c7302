import type { EntityName } from '../../model/entities.ts';
import type { CustomType } from '../../program/custom-attributes.ts';
import type { Program } from '../../program/load.ts';
import type { Finding } from './finding.ts';
import { type MappingSource, pathText, placeOf } from './mapping.ts';
import { planAttribute } from './plan.ts';
import type { ObjectMapping } from './schema.ts';

/** What a mapping calls the types that a program reads attributes of one's own as; the first is the one to write. */
const mappingTypes: Readonly<Record<CustomType, readonly string[]>> = {
  text: ['text', 'choice'],
  number: ['decimal', 'integer'],
  money: ['money'],
  date: ['date'],
  instant: ['instant'],
  boolean: ['boolean'],
};

/**
 * Compares what a program reads attributes of one's own (extra.<name>) as with what the mappings bring them in as. Where they
 * disagree nothing stops, but values may be blank to the program, so all are warnings.
 */
export function checkTypes(
  mappings: readonly ObjectMapping[],
  { attributes }: Pick<Program, 'attributes'>,
  sources: readonly MappingSource[],
): Finding[] {
  return mappings.flatMap((mapping) =>
    Object.entries(mapping.attributes).flatMap(([attribute, spec]): Finding[] => {
      const wanted = attributes[`${mapping.entity as EntityName}.${attribute}`];
      if (wanted === undefined || spec.direction === 'out') return [];
      const { type } = planAttribute(mapping.entity, attribute, spec);
      if (mappingTypes[wanted].includes(type)) return [];
      const path = ['attributes', attribute];
      const source = sources.find(({ file }) => file === mapping.file);
      return [
        {
          level: 'warn',
          code: 'ATTRIBUTE_TYPE',
          file: mapping.file,
          ...(source === undefined ? {} : placeOf(source, path)),
          path: pathText(path),
          message: `comes in as ${type}, and the program reads it as ${wanted}; what is no ${wanted} is blank to it`,
          fix: `Write "type: ${mappingTypes[wanted][0]}" here, or correct ${mapping.entity}.${attribute} under attributes in the program.`,
        },
      ];
    }),
  );
}
