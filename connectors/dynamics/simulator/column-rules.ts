import { refusals } from './errors.ts';
import type { ColumnType } from './types.ts';

/**
 * What the metadata of a column may say by its type, and how much.
 * https://learn.microsoft.com/power-apps/developer/data-platform/webapi/reference/attributemetadata (and those derived from it)
 */

/** Types that have a property of their own; all others are refused with it. */
const owners: Readonly<Record<string, readonly ColumnType[]>> = {
  AutoNumberFormat: ['String'],
  DateTimeBehavior: ['DateTime'],
  DefaultFormValue: ['Picklist', 'MultiSelectPicklist'],
  DefaultValue: ['Boolean'],
  MaxLength: ['String', 'Memo'],
  MaxSizeInKB: ['File'],
  MaxValue: ['Integer', 'BigInt', 'Decimal', 'Double', 'Money'],
  MinValue: ['Integer', 'BigInt', 'Decimal', 'Double', 'Money'],
  OptionSet: ['Boolean', 'Picklist', 'MultiSelectPicklist'],
  Precision: ['Decimal', 'Double', 'Money'],
};

/** The most of a property, by type. https://learn.microsoft.com/power-apps/maker/data-platform/types-of-fields */
const most: Readonly<Record<string, Partial<Record<ColumnType, number>>>> = {
  MaxLength: { String: 4000, Memo: 1_048_576 },
  Precision: { Decimal: 10, Double: 5, Money: 4 },
};

/** Throws for a property that the type does not have, or for too much of it. */
export function requireFitting(type: ColumnType, body: Readonly<Record<string, unknown>>): void {
  for (const [property, types] of Object.entries(owners)) {
    const value = body[property];
    if (value === undefined || value === null) continue;
    if (!types.includes(type))
      throw refusals.invalidArgument(
        `The property '${property}' does not exist on type 'Microsoft.Dynamics.CRM.${type}AttributeMetadata'.`,
      );
    const limit = most[property]?.[type];
    if (limit !== undefined && Number(value) > limit)
      throw refusals.invalidArgument(`${property}: a column of type ${type} has at most ${limit}.`);
  }
}

/** Types of columns that may be in an alternate key. https://learn.microsoft.com/power-apps/maker/data-platform/define-alternate-keys-reference-records */
export const keyTypes: readonly ColumnType[] = [
  ...(['Decimal', 'Integer', 'String', 'DateTime', 'Lookup', 'Picklist'] as const),
];
