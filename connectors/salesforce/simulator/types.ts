/**
 * What the parts of the simulator share: the org's metadata as describe answers it, its stored records, and the
 * caller on whose behalf a request runs. Everything here is data or a narrow interface; behaviour lives beside it.
 */

/** A stored value. Dates are 'YYYY-MM-DD', date-times are epoch milliseconds (whole seconds), ids have 18 characters. */
export type FieldValue = string | number | boolean | null;

/** One stored row, keyed by the field's API name in its canonical case. Absent and null mean the same: no value. */
export type Row = Record<string, FieldValue>;

export interface PicklistEntry {
  active: boolean;
  defaultValue: boolean;
  label: string;
  validFor: string | null;
  value: string;
}

/** A field as the describe resource answers it (the keys that the simulator itself reads are named; others pass through). */
export interface FieldMeta {
  name: string;
  label: string;
  type: string;
  soapType: string;
  length: number;
  precision: number;
  scale: number;
  digits: number;
  nillable: boolean;
  createable: boolean;
  updateable: boolean;
  defaultedOnCreate: boolean;
  defaultValue: FieldValue;
  filterable: boolean;
  sortable: boolean;
  groupable: boolean;
  aggregatable: boolean;
  calculated: boolean;
  custom: boolean;
  externalId: boolean;
  idLookup: boolean;
  unique: boolean;
  caseSensitive: boolean;
  restrictedPicklist: boolean;
  picklistValues: PicklistEntry[];
  polymorphicForeignKey: boolean;
  referenceTo: string[];
  relationshipName: string | null;
  nameField: boolean;
  [key: string]: unknown;
}

export interface ChildRelationship {
  cascadeDelete: boolean;
  childSObject: string;
  field: string;
  relationshipName: string | null;
  restrictedDelete: boolean;
  [key: string]: unknown;
}

/** An object as the describe resource answers it. */
export interface ObjectMeta {
  name: string;
  label: string;
  labelPlural: string;
  keyPrefix: string | null;
  custom: boolean;
  queryable: boolean;
  createable: boolean;
  updateable: boolean;
  deletable: boolean;
  undeletable: boolean;
  replicateable: boolean;
  mergeable: boolean;
  fields: FieldMeta[];
  childRelationships: ChildRelationship[];
  recordTypeInfos: Array<Record<string, unknown>>;
  [key: string]: unknown;
}

/** What a caller may do with an object, all permission sets and the profile added up. */
export interface ObjectAccess {
  read: boolean;
  create: boolean;
  edit: boolean;
  delete: boolean;
  /** Sees every row of the object, sharing or not. */
  viewAll: boolean;
  modifyAll: boolean;
}

/** Who asks. Decides which objects, fields and rows exist for the request, and whether they can be written. */
export interface Caller {
  userId: string;
  /** True for a system administrator: no field or row is hidden. */
  isAdmin: boolean;
  timeZone: string;
  canReadObject(object: ObjectMeta): boolean;
  canReadField(object: ObjectMeta, field: FieldMeta): boolean;
  canWriteField(object: ObjectMeta, field: FieldMeta): boolean;
  /** Sharing: false hides the row without a word, as the platform does. */
  canSeeRow(object: ObjectMeta, row: Row): boolean;
  objectAccess(object: ObjectMeta): ObjectAccess;
  /** Sharing for writes: owner, explicit read-write share, or modify all. */
  canEditRow(object: ObjectMeta, row: Row): boolean;
}

/** What the query engine needs of an org. */
export interface QuerySource {
  /** The object by name in any case, or undefined. */
  object(name: string): ObjectMeta | undefined;
  /** Its rows, the soft-deleted ones included (IsDeleted = true); order is undefined. */
  rows(objectName: string): Iterable<Row>;
  /** A row by its 18-character id, whichever object it belongs to. */
  rowById(objectName: string, id: string): Row | undefined;
  /** Rows whose field holds the value (an index where there is one; the values are stored forms). */
  rowsWhere(objectName: string, field: string, values: FieldValue[]): Iterable<Row>;
  /** Rows whose SystemModstamp is at or after the instant, by an index, in ascending order of it. */
  rowsModifiedSince(objectName: string, sinceMs: number): Iterable<Row>;
  /** Epoch milliseconds of the org's clock. */
  now(): number;
  /** 1 to 12: the month in which the org's fiscal year starts. */
  fiscalYearStartMonth: number;
}

/** A record as a client sends it: JSON forms, field names in any case, `{"Parent":{"Ext__c":"A1"}}` for parents. */
export type InputRecord = Record<string, unknown>;

export interface DmlError {
  statusCode: string;
  message: string;
  fields: string[];
  /** HTTP status when the error answers a single-record request. */
  status: number;
  extra?: Record<string, unknown>;
}

/** The outcome of one record of a statement, in the order of the input. */
export interface DmlResult {
  id: string | null;
  success: boolean;
  /** True when an insert or an upsert made a new record. */
  created: boolean;
  errors: DmlError[];
}

/** How a write statement runs; what the platform takes from request headers. */
export interface DmlOptions {
  /** (Default: a system administrator.) */
  as?: Caller;
  /** (Default: false.) One failure rolls all records of the statement back. */
  allOrNone?: boolean;
  /** Sforce-Duplicate-Rule-Header. (Default: alerts refuse the record.) */
  duplicateRule?: { allowSave: boolean; includeRecordDetails: boolean; runAsCurrentUser: boolean };
  /** Sforce-Auto-Assign: false, true, or the id of an assignment rule. (Default: true, as the platform's.) */
  autoAssign?: boolean | string;
  /** AllowFieldTruncationHeader. (Default: false: too long a text is refused.) */
  allowFieldTruncation?: boolean;
  /** 'csv' takes numbers and booleans written as text. (Default: 'json'.) */
  format?: 'json' | 'csv';
  /** Records with no match are refused instead of created (upsert only). */
  updateOnly?: boolean;
}

/** A refusal with the platform's code, status and wording. */
export class ApiError extends Error {
  readonly status: number;
  readonly errorCode: string;
  readonly fields: string[] | undefined;
  readonly extra: Record<string, unknown> | undefined;
  constructor(
    status: number,
    errorCode: string,
    message: string,
    options: { fields?: string[]; extra?: Record<string, unknown> } = {},
  ) {
    super(message);
    this.name = 'ApiError';
    this.status = status;
    this.errorCode = errorCode;
    this.fields = options.fields;
    this.extra = options.extra;
  }
}
