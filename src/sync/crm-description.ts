/** What a connector tells about its org, its user and its objects. */

export interface ConnectionFacts {
  orgId: string;
  orgName: string;
  /** production, test (the CRM's own word for it is shown beside it) or simulator. */
  orgKind: 'production' | 'test' | 'simulator';
  /** The CRM's own words for the kind, such as SANDBOX. */
  orgKindLabel: string;
  userId: string;
  userName: string;
  /** IANA zone of the user; date literals and date-only conversions follow it. */
  timeZone: string;
  /** ISO 4217 code of the org's main currency. */
  currency: string;
  /** Difference of the CRM's clock to ours in ms, positive when the CRM is ahead; null when not known. */
  clockSkewMs: number | null;
  apiVersion: string;
  objects: ObjectAccess[];
}

export interface ObjectAccess {
  object: string;
  readable: boolean;
  /** Whether the user sees every record; null when it could not be found out (never taken as yes). */
  seesAll: boolean | null;
  /** Whether the user may edit every record, whoever owns it; null when it could not be found out. */
  editsAll: boolean | null;
  creatable: boolean;
  updatable: boolean;
}

export interface ObjectDescription {
  name: string;
  label: string;
  /** Whether changes() can work on it. */
  tracksChanges: boolean;
  /** Whether changes() tells deletes one by one; else it notices their number, and a full comparison finds them.
   * (Default: true) */
  tracksDeletes?: boolean;
  createable: boolean;
  updateable: boolean;
  fields: FieldDescription[];
  recordTypes: { id: string; developerName: string; label: string; active: boolean }[];
}

export type FieldType =
  | 'id'
  | 'text'
  | 'longText'
  | 'boolean'
  | 'integer'
  | 'decimal'
  | 'money'
  | 'percent'
  | 'date'
  | 'instant'
  | 'choice'
  | 'multiChoice'
  | 'reference'
  | 'other';

export interface FieldDescription {
  name: string;
  label: string;
  type: FieldType;
  /** Longest text in characters; null where it has no meaning. */
  length: number | null;
  precision: number | null;
  scale: number | null;
  required: boolean;
  createable: boolean;
  updateable: boolean;
  filterable: boolean;
  /** Computed by the CRM without moving the record's modification stamp. */
  calculated: boolean;
  /** Can serve as the key of an upsert. */
  key: boolean;
  unique: boolean;
  /** Values of a choice; null for other types. */
  values: { value: string; label: string; active: boolean }[] | null;
  /** Whether the CRM refuses values outside the list. */
  restricted: boolean;
  /** Objects that a reference can point to. */
  references: string[];
  /** How a path names the way through a reference, as Owner in Owner.Name. (Default: the field's name) */
  relationship?: string;
}
