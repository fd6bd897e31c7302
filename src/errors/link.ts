import type { ErrorDefinition } from '../errors.ts';

/** Errors of changing which record of a CRM is which record of ours. */
export const linkErrors = {
  LINK_UNKNOWN: {
    message: '{crm} has not been read as a record of a CRM{where}. Nothing was changed.',
    actions: [
      'Give the id of the record in the CRM instead of a name; it is in: tierlink links show "{named}"',
      'See which there are: tierlink links --connection <alias>',
      'Read what is new: tierlink sync',
    ],
    retry: 'never',
    http: 404,
  },
  LINK_RECORD_UNKNOWN: {
    message: 'There is no record {record} here. Nothing was changed.',
    actions: ['Name it by its id, or that of a CRM: tierlink links'],
    retry: 'never',
    http: 404,
  },
  LINK_AMBIGUOUS: {
    message: '{record} can be several things: {found}. Nothing was changed.',
    actions: ['Name one of them by its id, or say --connection, --object and --entity'],
    retry: 'never',
    http: 409,
  },
  LINK_ENTITY: {
    message: '{crm} is a {entity} and {record} a {other}: they cannot be the same. Nothing was changed.',
    actions: ['See what the record of the CRM is: tierlink links show {crm}'],
    retry: 'never',
    http: 409,
  },
  LINK_SAME: {
    message: '{crm} is linked to {record} already. Nothing was changed.',
    actions: ['See the link: tierlink links show {crm}'],
    retry: 'never',
    http: 409,
  },
  LINK_TAKEN: {
    message: '{crm} is linked to {record}. Nothing was changed.',
    actions: ['Move it: tierlink links move {crm} {to}', 'See the link: tierlink links show {crm}'],
    retry: 'never',
    http: 409,
  },
  LINK_BROKEN: {
    message: '{crm} is linked to no record: the link is broken. Nothing was changed.',
    actions: ['Say which record it is: tierlink links make {crm} <record>'],
    retry: 'never',
    http: 409,
  },
  LINK_ENDED: {
    message: '{crm} is {state} in the CRM, so that its link stays as it is. Nothing was changed.',
    actions: ['See what became of it: tierlink links show {crm}'],
    retry: 'never',
    http: 409,
  },
  LINK_MERGED: {
    message: '{record} has become a part of {survivor}. Nothing was changed.',
    actions: ['Take that one: tierlink links show {survivor}'],
    retry: 'never',
    http: 409,
  },
  LINK_OF_FILE: {
    message: '{crm} came from a file: its link follows from the file. Nothing was changed.',
    actions: ['Take the rows of a file back: tierlink import <kind> FILE.csv --remove'],
    retry: 'never',
    http: 409,
  },
  LINK_OF_PROGRAM: {
    message: 'A {entity} is made by the program, and found again by its id. Nothing was changed.',
    actions: ['See which records come from CRMs: tierlink links'],
    retry: 'never',
    http: 409,
  },
  LINK_DESCRIBES: {
    message: '{crm} of {object} describes a record, and follows its lookup. Nothing was changed.',
    actions: ['Change the lookup in the CRM, or the link of the record that it describes'],
    retry: 'never',
    http: 409,
  },
  LINK_BUSY: {
    message: 'A sync is at work on {object} of {connection}. Nothing was changed.',
    actions: ['Try again when it is done: tierlink status'],
    retry: 'backoff',
    http: 409,
  },
  LINK_WRITING: {
    message: 'A write to {crm} is on its way, and nobody knows yet what became of it. Nothing was changed.',
    actions: ['Let a sync find out, then try again: tierlink sync'],
    retry: 'never',
    http: 409,
  },
  LINK_NOT_TWO: {
    message: '{one} and {other} cannot be kept apart: {reason}. Nothing was changed.',
    actions: ['See what looks like the same: tierlink links suggest'],
    retry: 'never',
    http: 409,
  },
} as const satisfies Record<string, ErrorDefinition>;
