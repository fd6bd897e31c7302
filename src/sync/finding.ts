import type { Place } from '../errors.ts';

/**
 * Something about a mapping that a person should know. error: nothing runs with it. warn: it runs, but less than asked.
 * question: it could not be looked at, so nobody knows. note: it is well as it is.
 */
export interface Finding extends Place {
  level: 'error' | 'warn' | 'question' | 'note';
  code: FindingCode;
  message: string;
  /** What to do, in one sentence. */
  fix: string;
  /** Lines that the fix adds to the file. */
  paste?: string[];
}

export type FindingCode =
  | 'MAPPING_UNREADABLE'
  | 'MAPPING_INVALID'
  | 'OBJECT_MISSING'
  | 'OBJECT_NOT_TRACKED'
  | 'OBJECT_NOT_WRITABLE'
  | 'FIELD_MISSING'
  | 'FIELD_TYPE'
  | 'FIELD_READONLY'
  | 'FIELD_REQUIRED'
  | 'FIELD_CALCULATED'
  | 'FIELD_NOT_FILTERABLE'
  | 'VALUE_MISSING'
  | 'VALUE_INACTIVE'
  | 'VALUE_UNMAPPED'
  | 'KEY_UNUSABLE'
  | 'LOOKUP_TARGET'
  | 'RECORD_TYPE_MISSING'
  | 'CURRENCY_FIELD_MISSING'
  | 'ATTRIBUTE_TYPE'
  | 'KPI_UNKNOWN'
  | 'KPI_NOT_WRITTEN'
  | 'NOT_CHECKED';
