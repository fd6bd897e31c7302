import type { FoundShape } from '../../../src/sync/installer.ts';
import type { RawField } from '../describe.ts';
import { childrenNamed, childText, type MetadataElement } from '../metadata-xml.ts';

/** Fields as the comparison knows them. */

/** The name of the global value set that a field takes its values from, if it does. */
export function valueSetNameOf(field: MetadataElement): string[] {
  return childrenNamed(field, 'valueSet').flatMap((set) => childText(set, 'valueSetName') ?? []);
}

/** A custom field by its metadata, and by the global value set that it follows. */
export function metadataShapeOf(field: MetadataElement, shared: MetadataElement | undefined): FoundShape {
  const type = childText(field, 'type') ?? '';
  const isFormula = childText(field, 'formula') !== undefined;
  const definitions = childrenNamed(field, 'valueSet').flatMap((set) =>
    childrenNamed(set, 'valueSetDefinition'),
  );
  const values = [
    ...definitions.flatMap((definition) => childrenNamed(definition, 'value')),
    ...(shared === undefined ? [] : childrenNamed(shared, 'customValue')),
  ];
  const length = type === 'TextArea' ? TEXT_AREA_LENGTH : Number(childText(field, 'length'));
  const scale = Number(childText(field, 'scale'));
  const to = childText(field, 'referenceTo');
  return {
    type: isFormula ? formulaOf(type) : type,
    traits: {
      externalId: childText(field, 'externalId') === 'true',
      unique: childText(field, 'unique') === 'true',
      caseSensitive: childText(field, 'caseSensitive') === 'true',
      ...(length > 0 ? { length } : {}),
      ...(Number.isNaN(scale) ? {} : { scale }),
      ...(to === undefined ? {} : { to }),
    },
    values: values
      .filter((value) => childText(value, 'isActive') !== 'false')
      .flatMap((value) => childText(value, 'fullName') ?? []),
    unfinished: null,
    ...(shared === undefined
      ? {}
      : { through: `the global value set ${childText(shared, 'fullName')}, which other fields may follow` }),
  };
}

/** Nobody can write a formula. */
function formulaOf(type: string): string {
  return `a formula (${type})`;
}

const TEXT_AREA_LENGTH = 255;

const typesOf: Readonly<Record<string, string>> = {
  string: 'Text',
  double: 'Number',
  int: 'Number',
  currency: 'Currency',
  percent: 'Percent',
  date: 'Date',
  datetime: 'DateTime',
  time: 'Time',
  boolean: 'Checkbox',
  picklist: 'Picklist',
  multipicklist: 'MultiselectPicklist',
  reference: 'Lookup',
  email: 'Email',
  phone: 'Phone',
  url: 'Url',
};

/** A field by its description. */
export function fieldShapeOf(field: RawField): FoundShape {
  const { length, scale, externalId, unique, caseSensitive, referenceTo } = field;
  const isArea = field.type === 'textarea';
  const type = isArea
    ? length > TEXT_AREA_LENGTH
      ? 'LongTextArea'
      : 'TextArea'
    : (typesOf[field.type] ?? field.type);
  return {
    type: field.calculated ? formulaOf(type) : type,
    traits: {
      ...{ externalId, unique, caseSensitive },
      ...(type === 'Text' || isArea ? { length } : {}),
      ...(['Number', 'Currency', 'Percent'].includes(type) ? { scale } : {}),
      ...(referenceTo.length === 0 ? {} : { to: referenceTo.join(', ') }),
    },
    values: field.picklistValues.filter(({ active }) => active).map(({ value }) => value),
    unfinished: null,
  };
}
