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
  /** Epoch milliseconds of the org's clock. */
  now(): number;
  /** 1 to 12: the month in which the org's fiscal year starts. */
  fiscalYearStartMonth: number;
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
