import type { EntityName } from '../../model/entities.ts';
import { type CustomTypes, customTypeOf } from '../../program/custom-attributes.ts';
import type { Transform } from '../mapping/schema.ts';
import type { ImportColumn, ImportDefinition } from './kinds.ts';

/**
 * A kind of import with a column for each attribute of one's own that the program declares for what its rows hold:
 * extra.<name>, and for a record that comes along with its entity, such as customer.extra.<name>.
 */
export function withOwnAttributes(definition: ImportDefinition, types: CustomTypes): ImportDefinition {
  const columns = Object.keys(types).flatMap((key) => ownColumn(definition, { types, key }) ?? []);
  return columns.length === 0 ? definition : { ...definition, columns: [...definition.columns, ...columns] };
}

/** undefined for an attribute of something that the rows do not hold. */
function ownColumn(
  { entity, columns }: ImportDefinition,
  { types, key }: { types: CustomTypes; key: string },
): ImportColumn | undefined {
  const [owner, ...rest] = key.split('.');
  const attribute = rest.join('.');
  const part = columns.find((column) => column.entity === owner)?.entity;
  if (owner !== entity && part === undefined) return undefined;
  const type = customTypeOf(types, owner as EntityName, attribute) as NonNullable<ImportColumn['type']>;
  return {
    name: part === undefined ? attribute : key,
    attribute,
    required: false,
    help: `An attribute of your own (${types[key]}).`,
    example: '',
    type,
    ...(type === 'money' ? { transform: moneyTransform(columns) } : {}),
    ...(part === undefined ? {} : { entity: part }),
  };
}

/** Amounts are in the currency of the row where it names one. */
function moneyTransform(columns: readonly ImportColumn[]): Transform {
  const hasCurrency = columns.some(({ name }) => name === 'currency');
  return hasCurrency ? { kind: 'money', currencyField: 'currency' } : { kind: 'money' };
}
