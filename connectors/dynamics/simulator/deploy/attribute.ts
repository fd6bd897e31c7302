import { childOf, childrenOf, type Element, textOf } from '../../../simulation/xml-read.ts';

/** A column as Entity.xml declares it. */
export interface AttributeSource {
  logicalName: string;
  schemaName: string;
  kind: 'primaryKey' | 'lookup' | 'column';
  isPrimaryName: boolean;
  /** As the metadata API takes it; a lookup's comes with its relationship. */
  body: Record<string, unknown>;
}

const crm = 'Microsoft.Dynamics.CRM';

/** The label that the API takes, from the first of the texts in an element such as <displaynames>. */
export function labelOf(element: Element, list: string, item: string): Record<string, unknown> {
  const text = textOf(childrenOf(childOf(element, list) ?? {}, item)[0] ?? {}, '@description');
  if (text === undefined) throw new Error(`${list} is missing.`);
  return { LocalizedLabels: [{ Label: text, LanguageCode: 1033 }] };
}

/** Names of the API's column types, by those of the files. */
const types: Readonly<Record<string, string>> = {
  nvarchar: 'String',
  ntext: 'Memo',
  int: 'Integer',
  bigint: 'BigInt',
  decimal: 'Decimal',
  float: 'Double',
  money: 'Money',
  bit: 'Boolean',
  picklist: 'Picklist',
  multiselectpicklist: 'MultiSelectPicklist',
  datetime: 'DateTime',
};

const levels: Readonly<Record<string, string>> = {
  none: 'None',
  recommended: 'Recommended',
  required: 'ApplicationRequired',
};

/** Reads one <attribute>. Throws for a type or a value that the platform does not know. */
export function readAttribute(element: Element): AttributeSource {
  const schemaName = textOf(element, '@PhysicalName') ?? '';
  const logicalName = textOf(element, 'LogicalName') ?? textOf(element, 'Name') ?? '';
  if (logicalName === '' || logicalName !== schemaName.toLowerCase())
    throw new Error(`The LogicalName '${logicalName}' is not that of '${schemaName}'.`);
  const type = textOf(element, 'Type') ?? '';
  const isPrimaryName = (textOf(element, 'DisplayMask') ?? '').split('|').includes('PrimaryName');
  const named = { logicalName, schemaName, isPrimaryName };
  if (type === 'primarykey') return { ...named, kind: 'primaryKey', body: {} };
  const body = {
    SchemaName: schemaName,
    DisplayName: labelOf(element, 'displaynames', 'displayname'),
    RequiredLevel: { Value: levelOf(element) },
    IsSecured: textOf(element, 'IsSecured') === '1',
  };
  if (type === 'lookup')
    return { ...named, kind: 'lookup', body: { '@odata.type': `${crm}.LookupAttributeMetadata`, ...body } };
  const word = types[type];
  if (word === undefined) throw new Error(`Attribute ${schemaName}: the type '${type}' is not valid.`);
  return {
    ...named,
    kind: 'column',
    body: {
      '@odata.type': `${crm}.${word}AttributeMetadata`,
      IsPrimaryName: isPrimaryName,
      ...body,
      ...typedBody(element, { schemaName, type }),
    },
  };
}

function levelOf(element: Element): string {
  const level = textOf(element, 'RequiredLevel') ?? 'none';
  const value = levels[level];
  if (value === undefined) throw new Error(`The RequiredLevel '${level}' is not valid.`);
  return value;
}

function typedBody(
  element: Element,
  { schemaName, type }: { schemaName: string; type: string },
): Record<string, unknown> {
  switch (type) {
    case 'nvarchar':
      return {
        MaxLength: lengthOf(element, schemaName, 4000),
        AutoNumberFormat: textOf(element, 'AutoNumberFormat'),
      };
    case 'ntext':
      return { MaxLength: lengthOf(element, schemaName, 1_048_576) };
    case 'int':
      return boundsOf(element);
    case 'decimal':
    case 'float':
    case 'money':
      return { ...boundsOf(element), Precision: Number(textOf(element, 'Accuracy') ?? '2') };
    case 'datetime':
      return dateBody(element);
    default:
      return choiceBody(element, type);
  }
}

function lengthOf(element: Element, schemaName: string, most: number): number {
  const text = textOf(element, 'MaxLength');
  const length = Number(text);
  if (text === undefined || !Number.isInteger(length) || length < 1 || length > most)
    throw new Error(`Attribute ${schemaName}: the MaxLength '${text ?? ''}' is not valid.`);
  return length;
}

function boundsOf(element: Element): Record<string, number> {
  const bounds = ['MinValue', 'MaxValue'].flatMap((name) => {
    const text = textOf(element, name);
    return text === undefined ? [] : [[name, Number(text)]];
  });
  return Object.fromEntries(bounds);
}

const formats: Readonly<Record<string, string>> = { date: 'DateOnly', datetime: 'DateAndTime' };
const behaviors: Readonly<Record<string, string>> = {
  1: 'UserLocal',
  2: 'DateOnly',
  3: 'TimeZoneIndependent',
};

function dateBody(element: Element): Record<string, unknown> {
  const format = textOf(element, 'Format') ?? '';
  if (formats[format] === undefined)
    throw new Error(`The format ${format} is not valid for the datetime type column.`);
  const behavior = textOf(element, 'Behavior') ?? '1';
  if (behaviors[behavior] === undefined) throw new Error(`The Behavior '${behavior}' is not valid.`);
  return { Format: formats[format], DateTimeBehavior: { Value: behaviors[behavior] } };
}

function choiceBody(element: Element, type: string): Record<string, unknown> {
  const set = childOf(element, 'optionset');
  if (set === undefined)
    throw new Error(
      `Attribute ${textOf(element, '@PhysicalName')}: the optionset is missing; choices that several columns share are not supported by the simulator.`,
    );
  const options = childrenOf(childOf(set, 'options') ?? {}, 'option').map((option) => ({
    Value: Number(textOf(option, '@value')),
    Label: labelOf(option, 'labels', 'label'),
  }));
  if (type !== 'bit')
    return {
      OptionSet: { Options: options },
      DefaultFormValue: Number(textOf(element, 'AppDefaultValue') ?? '-1'),
    };
  const [isTrue, isFalse] = [1, 0].map((value) => options.find((option) => option.Value === value));
  return {
    DefaultValue: textOf(element, 'AppDefaultValue') === '1',
    OptionSet: { TrueOption: isTrue, FalseOption: isFalse },
  };
}
