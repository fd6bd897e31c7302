/**
 * What the parts of the simulator share: the environment's metadata as the metadata API answers it, and stored rows.
 * Everything here is data; behaviour lives beside it.
 */

/**
 * A stored value. Instants are 'YYYY-MM-DDThh:mm:ssZ' (whole seconds, UTC), date-only values 'YYYY-MM-DD', ids lower-case
 * GUIDs, choices numbers, several choices '1,2'.
 */
export type Value = string | number | boolean | null;

/** One stored row by the logical names of its columns. A lookup to several tables has its table in `lookupTable`. */
export type Row = Record<string, Value>;

/** The name under which a row keeps the table that a lookup to several tables points into. */
export const lookupTable = (column: string): string => `${column}@table`;

export type ColumnType =
  | 'Uniqueidentifier'
  | 'String'
  | 'Memo'
  | 'Integer'
  | 'BigInt'
  | 'Decimal'
  | 'Double'
  | 'Money'
  | 'Boolean'
  | 'Picklist'
  | 'MultiSelectPicklist'
  | 'State'
  | 'Status'
  | 'DateTime'
  | 'Lookup'
  | 'Customer'
  | 'Owner'
  | 'EntityName'
  | 'File'
  | 'Virtual';

export interface Option {
  value: number;
  label: string;
  /** Of a status: the state that it belongs to. */
  state?: number;
  /** Added since the table or the choice was published: it can be used, and definitions do not show it. */
  unpublished?: true;
}

/** A choice that columns share. They hold the same list of options. */
export interface GlobalChoice {
  name: string;
  metadataId: string;
  label: string;
  options: Option[];
  custom: boolean;
}

/** UserLocal and TimeZoneIndependent hold an instant, DateOnly a day; the format says what people see. */
export type DateBehavior = 'UserLocal' | 'DateOnly' | 'TimeZoneIndependent';

export type RequiredLevel = 'None' | 'SystemRequired' | 'ApplicationRequired' | 'Recommended';

export interface Column {
  logicalName: string;
  schemaName: string;
  metadataId: string;
  type: ColumnType;
  label: string;
  required: RequiredLevel;
  /** Whether a client may set it in a new row, in an existing one. */
  create: boolean;
  update: boolean;
  /** Under column security: only users whose profile says so read or write it. */
  secured: boolean;
  custom: boolean;
  maxLength?: number;
  /** Digits after the point. */
  precision?: number;
  min?: number;
  max?: number;
  options?: Option[];
  /** The name of the choice that it shares with other columns. */
  globalChoice?: string;
  dateFormat?: 'DateOnly' | 'DateAndTime';
  dateBehavior?: DateBehavior;
  /** Tables that a lookup points to. */
  targets?: string[];
  /** The money column whose value in the base currency this one is. */
  baseOf?: string;
  /** Value of a new row that names none. */
  default?: Value;
  /** The largest file that it takes, in KB. */
  maxKb?: number;
  autoNumber?: string;
  /** Computed by the system from other columns or from other rows. */
  source?: 'calculated' | 'rollup';
}

export interface Key {
  schemaName: string;
  logicalName: string;
  metadataId: string;
  columns: string[];
  status: 'Pending' | 'InProgress' | 'Active' | 'Failed';
  /** When a job has built its index, by the clock of the org (epoch milliseconds); absent where none is at work. */
  builtAt?: number;
}

/** What happens to the rows that point at one that is deleted. */
export type DeleteCascade = 'Cascade' | 'RemoveLink' | 'Restrict';

/** One row of `referenced` has many of `referencing`, by the lookup column there. */
export interface Relationship {
  schemaName: string;
  metadataId: string;
  referenced: string;
  referencing: string;
  column: string;
  /** Navigation property of the row with the lookup, and of the row that it points to. */
  lookupProperty: string;
  collectionProperty: string;
  onDelete: DeleteCascade;
  custom: boolean;
}

/** One end of a relationship many to many. */
export interface JoinSide {
  table: string;
  /** Where the table between both keeps the id of this side's row. */
  column: string;
  /** Navigation property of this side's rows, that leads to those of the other one. */
  property: string;
}

/** Rows of two tables that are joined by rows of a table between them. */
export interface ManyToMany {
  schemaName: string;
  metadataId: string;
  /** Logical name of the table between both. */
  intersect: string;
  sides: readonly [JoinSide, JoinSide];
  custom: boolean;
}

export interface Table {
  logicalName: string;
  schemaName: string;
  entitySet: string;
  metadataId: string;
  objectTypeCode: number;
  label: string;
  pluralLabel: string;
  ownership: 'UserOwned' | 'OrganizationOwned' | 'BusinessOwned' | 'None';
  primaryId: string;
  primaryName: string | null;
  changeTracking: boolean;
  optimisticConcurrency: boolean;
  custom: boolean;
  activity: boolean;
  /** Rows can be merged (account, contact, lead, incident). */
  mergeable: boolean;
  /** Bulk messages are offered: CreateMultiple and its kin. */
  bulkMessages: boolean;
  /** It joins two others and has no rows but those that associating makes. (Default: false) */
  intersect?: boolean;
  columns: Map<string, Column>;
  keys: Key[];
}
