import type { Place } from '../../errors.ts';
import type { CodeMeaning } from '../../errors-page.ts';

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
  /** Where in the CRM it is made, or rights on it are given: what the connector's setUpPath() takes. */
  setUp?: { object: string; field: string | null };
}

/** Every kind of finding about mappings. Codes are never reused; docs/findings.md is made from here. */
export const mappingFindings = {
  MAPPING_UNREADABLE: {
    meaning: 'The file is no YAML, so nothing else in it was looked at.',
    fix: 'Correct the line that is named.',
  },
  MAPPING_INVALID: {
    meaning: 'A key or value of the file may not stand there.',
    fix: 'Correct it as the finding says.',
  },
  OBJECT_MISSING: {
    meaning: 'The CRM does not show the object to the user.',
    fix: 'Correct its name, or give the user access to it.',
  },
  OBJECT_NOT_TRACKED: {
    meaning: 'The CRM does not report the changes of the object, so they are found more slowly.',
    fix: 'Turn change tracking on for it in the CRM.',
  },
  OBJECT_NOT_WRITABLE: {
    meaning: 'The user may not change records of an object that the mapping writes.',
    fix: 'Give the user edit access to it.',
  },
  FIELD_MISSING: {
    meaning: 'The CRM does not show a field to the user.',
    fix: 'Correct its name, make it, or give the user access to it.',
  },
  FIELD_TYPE: {
    meaning: 'A field is of a type that does not hold what it is mapped to.',
    fix: 'Name another field, or transform its value.',
  },
  FIELD_READONLY: {
    meaning: 'The user may not write a field that the mapping writes.',
    fix: 'Give the user edit access to it, or read it only.',
  },
  FIELD_REQUIRED: {
    meaning: 'New records need a field that the mapping does not send.',
    fix: 'Map an attribute to it, or make it optional in the CRM.',
  },
  FIELD_CALCULATED: {
    meaning: 'A field is computed by the CRM, which does not tell when it moves.',
    fix: 'Map the fields that it is computed from, or wait for the next full comparison.',
  },
  FIELD_NOT_FILTERABLE: {
    meaning: 'The CRM cannot filter by a field of the scope.',
    fix: 'Use another field for the scope.',
  },
  VALUE_MISSING: {
    meaning: 'A choice field has no such value.',
    fix: 'Add the value in the CRM, or use one that it has.',
  },
  VALUE_INACTIVE: {
    meaning: 'A value of a choice field is switched off in the CRM.',
    fix: 'Activate it, or use another one.',
  },
  VALUE_UNMAPPED: {
    meaning: 'A choice field has values for which the mapping has nothing.',
    fix: 'Map them, or say with "others" what becomes of them.',
  },
  KEY_UNUSABLE: {
    meaning: 'The key field cannot keep a record from being made twice.',
    fix: 'Make it a unique external id, or an alternate key, in the CRM.',
  },
  LOOKUP_TARGET: {
    meaning: 'A lookup leads to an object of which no mapping makes what is wanted.',
    fix: 'Name another lookup, or add a mapping of that object.',
  },
  RECORD_TYPE_MISSING: {
    meaning: 'The object has no such record type.',
    fix: 'Name one that it has, or leave them out.',
  },
  CURRENCY_FIELD_MISSING: {
    meaning: 'The field that says the currency of amounts is not shown to the user.',
    fix: 'Give the user access to it, if the CRM has several currencies.',
  },
  ATTRIBUTE_TYPE: {
    meaning: 'An attribute of your own comes in as another type than the program reads it as.',
    fix: 'Write the same type in both files.',
  },
  KPI_UNKNOWN: {
    meaning: 'A KPI is written to the CRM that the program does not have.',
    fix: 'Correct its name, or remove the line.',
  },
  KPI_NOT_WRITTEN: {
    meaning: 'KPIs of the program have no field in the CRM.',
    fix: 'Paste the lines of the finding, if people are to see them there.',
  },
  NOT_CHECKED: {
    meaning: 'Something could not be looked at, so nobody knows whether it is right.',
    fix: 'Look at a few records with tierlink map test.',
  },
} as const satisfies Record<string, CodeMeaning>;

export type FindingCode = keyof typeof mappingFindings;
