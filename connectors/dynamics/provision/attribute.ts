import type { XmlOutput } from '../../simulation/xml-write.ts';
import type { InstalledColumn, InstalledOption } from './columns.ts';
import { language, solutionVersion } from './publisher.ts';

type Xml = { [name: string]: XmlOutput };

/** Text in the language of the solution: <displaynames><displayname description=".." languagecode="1033"/></displaynames> */
export function labelled(element: string, description: string): Xml {
  return { [element]: { $: { description, languagecode: language } } };
}

/** A column as an unpacked solution has it; the order of the elements is that of the platform's own exports. */
export function attributeXml(column: InstalledColumn): Xml {
  const isPrimaryName = column.kind === 'text' && column.isPrimaryName === true;
  const mask = 'ValidForAdvancedFind|ValidForForm|ValidForGrid';
  return {
    $: { PhysicalName: column.name },
    Type: types[column.kind],
    Name: column.name,
    LogicalName: column.name,
    RequiredLevel: 'none',
    DisplayMask: isPrimaryName ? `PrimaryName|${mask}` : mask,
    ImeMode: 'auto',
    ...flags({ isCustom: true, create: true, update: true }),
    AutoNumberFormat: column.kind === 'text' ? (column.autoNumber ?? '') : '',
    IsSearchable: isPrimaryName ? 1 : 0,
    IsFilterable: 0,
    IsRetrievable: isPrimaryName ? 1 : 0,
    IsLocalizable: 0,
    ...typedXml(column),
    displaynames: labelled('displayname', column.label),
    Descriptions: labelled('Description', 'Written by Tierlink.'),
  };
}

/** The primary key of a table of ours. */
export function primaryKeyXml(table: string, label: string): Xml {
  const name = `${table}id`;
  return {
    $: { PhysicalName: name },
    Type: 'primarykey',
    Name: name,
    LogicalName: name,
    RequiredLevel: 'systemrequired',
    DisplayMask: 'ValidForAdvancedFind|RequiredForGrid',
    ImeMode: 'auto',
    ...flags({ isCustom: false, create: true, update: false }),
    AutoNumberFormat: '',
    IsSearchable: 0,
    IsFilterable: 1,
    IsRetrievable: 1,
    IsLocalizable: 0,
    displaynames: labelled('displayname', label),
    Descriptions: labelled('Description', 'Unique identifier for entity instances'),
  };
}

const types: Readonly<Record<InstalledColumn['kind'], string>> = {
  text: 'nvarchar',
  memo: 'ntext',
  integer: 'int',
  decimal: 'decimal',
  money: 'money',
  boolean: 'bit',
  choice: 'picklist',
  date: 'datetime',
  dateTime: 'datetime',
  lookup: 'lookup',
};

function flags(may: { isCustom: boolean; create: boolean; update: boolean }): Xml {
  return {
    ValidForUpdateApi: Number(may.update),
    ValidForReadApi: 1,
    ValidForCreateApi: Number(may.create),
    IsCustomField: Number(may.isCustom),
    IsAuditEnabled: 0,
    IsSecured: 0,
    IntroducedVersion: solutionVersion,
    IsCustomizable: 1,
    IsRenameable: 1,
    CanModifySearchSettings: 1,
    CanModifyRequirementLevelSettings: 1,
    CanModifyAdditionalSettings: 1,
    SourceType: 0,
    IsGlobalFilterEnabled: 0,
    IsSortableEnabled: 0,
    CanModifyGlobalFilterSettings: 1,
    CanModifyIsSortableSettings: 1,
    IsDataSourceSecret: 0,
  };
}

/** What the numbers of a column may be; the widest that the platform has. */
export const bounds = {
  integer: { MinValue: -2_147_483_648, MaxValue: 2_147_483_647 },
  decimal: { MinValue: -100_000_000_000, MaxValue: 100_000_000_000 },
  money: { MinValue: -922_337_203_685_477, MaxValue: 922_337_203_685_477 },
} as const;

function typedXml(column: InstalledColumn): Xml {
  switch (column.kind) {
    case 'text':
      // Length is in bytes: two for each character.
      return { Format: 'text', MaxLength: column.length, Length: column.length * 2 };
    case 'memo':
      return { Format: 'textarea', MaxLength: column.length };
    case 'integer':
      return { Format: 'none', ...bounds.integer };
    case 'decimal':
      return { ...bounds.decimal, Accuracy: column.precision };
    case 'money':
      return moneyXml(column.precision);
    case 'boolean':
      return { AppDefaultValue: 0, ...optionSetXml(column, 'bit', yesOrNo) };
    case 'choice':
      return { AppDefaultValue: -1, ...optionSetXml(column, 'picklist', column.options) };
    case 'date':
      return { Format: 'date', CanChangeDateTimeBehavior: 1, Behavior: behaviors.dateOnly };
    case 'dateTime':
      return { Format: 'datetime', CanChangeDateTimeBehavior: 1, Behavior: behaviors.userLocal };
    case 'lookup':
      return { LookupStyle: 'single', LookupTypes: '' };
  }
}

const behaviors = { userLocal: 1, dateOnly: 2 } as const;

/** AccuracySource 0: the places are those of the column, not of a currency. */
function moneyXml(precision: number): Xml {
  return {
    ...bounds.money,
    Accuracy: precision,
    AccuracySource: 0,
    IsBaseCurrency: 0,
  };
}

export const yesOrNo: readonly [InstalledOption, InstalledOption] = [
  { value: 1, label: 'Yes' },
  { value: 0, label: 'No' },
];

function optionSetXml(
  { table, name, label }: InstalledColumn,
  kind: 'bit' | 'picklist',
  options: readonly InstalledOption[],
): Xml {
  return {
    optionset: {
      $: { Name: `${table}_${name}` },
      OptionSetType: kind,
      IsGlobal: 0,
      IntroducedVersion: solutionVersion,
      IsCustomizable: 1,
      displaynames: labelled('displayname', label),
      Descriptions: labelled('Description', 'Written by Tierlink.'),
      options: {
        option: options.map((each) => ({
          $: { value: each.value, ExternalValue: '', IsHidden: 0 },
          labels: labelled('label', each.label),
        })),
      },
    },
  };
}
