import { guidOf } from './ids.ts';
import type { Column, ColumnType, DateBehavior, DeleteCascade, Option } from './types.ts';

/** A column of a metadata file, and the relationships of its lookup. */
export interface ReadColumn {
  column: Column;
  /** Collection properties by target table. */
  collections: Record<string, string>;
  onDelete: DeleteCascade;
}

const shape =
  /^(\w+)(?:\(([^)]*)\))?(?: ([cusA]+))?(?: !(\w+))?(?: -> ([\w, ]+?))?(?: < ([\w{}]+)(?: (cascade|restrict))?)?(?: : (.*))?$/;

const levels = { system: 'SystemRequired', application: 'ApplicationRequired' } as const;
const cascades = { cascade: 'Cascade', restrict: 'Restrict' } as const;

interface DateKind {
  dateFormat: 'DateOnly' | 'DateAndTime';
  dateBehavior: DateBehavior;
}

const dateKinds: Readonly<Record<string, DateKind>> = {
  DateTime: { dateFormat: 'DateAndTime', dateBehavior: 'UserLocal' },
  DateOnly: { dateFormat: 'DateOnly', dateBehavior: 'DateOnly' },
  UserDate: { dateFormat: 'DateOnly', dateBehavior: 'UserLocal' },
  FixedDateTime: { dateFormat: 'DateAndTime', dateBehavior: 'TimeZoneIndependent' },
};

/** Reads the notation that metadata/README.md describes. Throws naming the column when it does not fit. */
export function readColumn(table: string, name: string, notation: string): ReadColumn {
  const found = shape.exec(notation);
  if (found === null) throw new Error(`${table}.${name}: "${notation}" is no column`);
  const [, word = '', size, flags = '', level, targets, collection, cascade, options] = found;
  const target = targets?.split(',').map((each) => each.trim());
  const choice = options === undefined ? undefined : readChoice(options);
  const column: Column = {
    logicalName: name.toLowerCase(),
    schemaName: name,
    metadataId: guidOf(`column ${table} ${name.toLowerCase()}`),
    type: typeOf(word),
    label: labelOf(name),
    required: level === undefined ? 'None' : levels[level as keyof typeof levels],
    create: flags.includes('c'),
    update: flags.includes('u'),
    secured: flags.includes('s'),
    custom: name.includes('_') && !/^(address\d|msdyn)_/.test(name),
    ...sizeOf(word, size),
    ...(dateKinds[word] ?? {}),
    ...(target === undefined ? {} : { targets: target }),
    ...(choice === undefined ? {} : choice),
    ...(flags.includes('A') ? { autoNumber: 'CAS-{SEQNUM:5}-{RANDSTRING:6}' } : {}),
  };
  const collections = Object.fromEntries(
    (collection === undefined ? [] : (target ?? [])).map((each) => [
      each,
      collection!.replace('{target}', each),
    ]),
  );
  const onDelete = cascade === undefined ? 'RemoveLink' : cascades[cascade as keyof typeof cascades];
  return { column, collections, onDelete };
}

function typeOf(word: string): ColumnType {
  if (word in dateKinds) return 'DateTime';
  return word === 'Guid' ? 'Uniqueidentifier' : (word as ColumnType);
}

/** new_PartnerTier: Partner Tier. System columns are shown by their names; nobody reads them here. */
function labelOf(name: string): string {
  return name.replace(/^[a-z]+_/, '').replace(/([a-z])([A-Z])/g, '$1 $2');
}

function sizeOf(
  word: string,
  size: string | undefined,
): Partial<Pick<Column, 'maxLength' | 'precision' | 'min' | 'max'>> {
  if (word === 'String' || word === 'Memo') return { maxLength: Number(size) };
  if (word === 'Integer') {
    const [min = '-2147483648', max = '2147483647'] = size?.split('..') ?? [];
    return { min: Number(min), max: Number(max) };
  }
  if (word === 'Money')
    return { precision: Number(size), min: -922_337_203_685_477, max: 922_337_203_685_477 };
  if (word === 'Decimal' || word === 'Double')
    return { precision: Number(size), min: -100_000_000_000, max: 100_000_000_000 };
  return {};
}

/** Options of the column's own, or the name of a shared choice behind @. */
function readChoice(text: string): Partial<Column> {
  return text.startsWith('@') ? { globalChoice: text.slice(1) } : readOptions(text);
}

export function readOptions(text: string): { options: Option[]; default?: number | boolean } {
  const options: Option[] = [];
  let standard: number | undefined;
  for (const part of text.split(';')) {
    const [, value = '', state, star, label = ''] = /^\s*(\d+)(?:@(\d+))?(\*)?=(.*?)\s*$/.exec(part) ?? [];
    if (value === '') throw new Error(`"${part}" is no option`);
    options.push({ value: Number(value), label, ...(state === undefined ? {} : { state: Number(state) }) });
    if (star !== undefined && standard === undefined) standard = Number(value);
  }
  return { options, ...(standard === undefined ? {} : { default: standard }) };
}
