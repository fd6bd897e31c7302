import type { XmlOutput } from '../../simulation/xml-write.ts';
import {
  bulkOperations,
  complexTypes,
  enumTypes,
  metadataTypes,
  type Operation,
  operations,
} from './operations.ts';
import type { Table } from './types.ts';

type Element = { [name: string]: XmlOutput };

const typed = (name: string, type: string): Element => ({
  $: { Name: name, Type: type.replace('?', ''), ...(type.endsWith('?') ? {} : { Nullable: false }) },
});

const members = (all: Readonly<Record<string, string>>): Element[] =>
  Object.entries(all).map(([name, type]) => typed(name, type));

/** Types of what operations take and answer: enumerations, complex ones and those of metadata. */
export function operationTypes(): { EnumType: Element[]; ComplexType: Element[]; EntityType: Element[] } {
  return {
    EnumType: Object.entries(enumTypes).map(([Name, values]) => ({
      $: { Name },
      Member: values.map((value, index) => ({ $: { Name: value, Value: index } })),
    })),
    ComplexType: Object.entries(complexTypes).map(([Name, all]) => ({ $: { Name }, Property: members(all) })),
    EntityType: [
      {
        $: { Name: 'MetadataBase', Abstract: true },
        Key: { PropertyRef: { $: { Name: 'MetadataId' } } },
        Property: typed('MetadataId', 'Edm.Guid'),
      },
      ...Object.entries(metadataTypes).map(([Name, all]) => ({
        $: { Name, BaseType: 'mscrm.MetadataBase' },
        Property: members(all),
      })),
    ],
  };
}

function operationElement({ name, on, parameters, returns }: Operation): Element {
  return {
    $: { Name: name, ...(on === undefined ? {} : { IsBound: true }) },
    Parameter: [...(on === undefined ? [] : [typed('entity', `mscrm.${on}`)]), ...members(parameters)],
    ...(returns === undefined ? {} : { ReturnType: { $: { Type: returns, Nullable: false } } }),
  };
}

function bulkElement(table: Table, name: string, returns: string | undefined): Element {
  const rows = `Collection(mscrm.${table.logicalName})`;
  return {
    $: { Name: name, IsBound: true },
    Parameter: [typed('entityset', rows), typed('Targets', rows)],
    ...(returns === undefined ? {} : { ReturnType: { $: { Type: returns, Nullable: false } } }),
  };
}

/** Actions and functions, the bulk ones for every table that offers them. */
export function operationElements(tables: readonly Table[]): { Action: Element[]; Function: Element[] } {
  const of = (kind: Operation['kind']) =>
    operations.filter((each) => each.kind === kind).map(operationElement);
  const bulk = tables
    .filter(({ bulkMessages }) => bulkMessages)
    .flatMap((table) =>
      Object.entries(bulkOperations).map(([name, returns]) => bulkElement(table, name, returns)),
    );
  return { Action: [...of('Action'), ...bulk], Function: of('Function') };
}

/** What stands behind the service root by itself. */
export function operationImports(): { ActionImport: Element[]; FunctionImport: Element[] } {
  const of = (kind: Operation['kind']) =>
    operations
      .filter((each) => each.kind === kind && each.on === undefined)
      .map(({ name }) => ({ $: { Name: name, [kind]: `mscrm.${name}` } }));
  return { ActionImport: of('Action'), FunctionImport: of('Function') };
}
