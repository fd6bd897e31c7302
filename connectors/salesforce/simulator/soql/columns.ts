/** What an answer's columns are: for `columns=true`, which the Salesforce CLI asks for, and for CSV pages. */

import type { FieldMeta, FieldValue, Row } from '../types.ts';

/** One column as `columns=true` describes it. Of a parent or a child query, `joinColumns` are its own columns. */
export interface ColumnMetadata {
  aggregate: boolean;
  apexType: string | null;
  booleanType: boolean;
  columnName: string;
  custom: boolean;
  displayName: string;
  foreignKeyName: string | null;
  insertable: boolean;
  joinColumns: ColumnMetadata[];
  numberType: boolean;
  textType: boolean;
  updatable: boolean;
}

/** One column of a flat table. */
export interface FlatColumn {
  /** 'Name', 'Account.Owner.Name' */
  header: string;
  /** Type of the field, for its form as text. */
  type: string;
  get(row: Row): FieldValue;
}

const NUMBERS = new Set(['int', 'long', 'double', 'currency', 'percent']);
const APEX_TYPES: Record<string, string> = {
  id: 'Id',
  reference: 'Id',
  boolean: 'Boolean',
  int: 'Integer',
  long: 'Long',
  double: 'Double',
  currency: 'Double',
  percent: 'Double',
  date: 'Date',
  datetime: 'Datetime',
  address: 'Address',
};

/** A column that shows a field, under its name or an alias. */
export function fieldColumn(field: FieldMeta, name = field.name): ColumnMetadata {
  const numberType = NUMBERS.has(field.type);
  const booleanType = field.type === 'boolean';
  return {
    aggregate: false,
    apexType: APEX_TYPES[field.type] ?? 'String',
    booleanType,
    columnName: name,
    custom: field.custom,
    displayName: name,
    foreignKeyName: null,
    insertable: field.createable,
    joinColumns: [],
    numberType,
    textType: !numberType && !booleanType,
    updatable: field.updateable,
  };
}

/** A column that holds other columns: a parent record (`aggregate` false) or the rows of a child query (true). */
export function joinColumn(name: string, aggregate: boolean, joinColumns: ColumnMetadata[]): ColumnMetadata {
  return {
    aggregate,
    apexType: null,
    booleanType: false,
    columnName: name,
    custom: name.endsWith('__r'),
    displayName: name,
    foreignKeyName: aggregate ? null : name,
    insertable: false,
    joinColumns,
    numberType: false,
    textType: false,
    updatable: false,
  };
}

/** A column of an aggregate: `name` is its alias or expr0, `displayName` the function as it was asked for. */
export function aggregateColumn(name: string, displayName: string, type: string): ColumnMetadata {
  const numberType = NUMBERS.has(type);
  return {
    ...joinColumn(name, true, []),
    apexType: APEX_TYPES[type] ?? 'String',
    displayName,
    numberType,
    textType: !numberType,
  };
}
