import type { DmlError } from '../types.ts';

/** Ends the work on one record; the statement goes on with the next. */
export class RowRefusal extends Error {
  readonly error: DmlError;
  constructor(error: DmlError) {
    super(error.message);
    this.name = 'RowRefusal';
    this.error = error;
  }
}

/** A refusal with the platform's code and wording. `status` answers single-record requests. (Default: 400.) */
export function refuse(
  statusCode: string,
  message: string,
  options: { fields?: string[]; status?: number; extra?: Record<string, unknown> } = {},
): RowRefusal {
  return new RowRefusal({
    statusCode,
    message,
    fields: options.fields ?? [],
    status: options.status ?? 400,
    ...(options.extra === undefined ? {} : { extra: options.extra }),
  });
}

export const isDeleted = (): RowRefusal => refuse('ENTITY_IS_DELETED', 'entity is deleted', { status: 404 });

export const unknownId = (): RowRefusal =>
  refuse('INVALID_CROSS_REFERENCE_KEY', 'invalid cross reference id', { status: 404 });

export const noAccess = (): RowRefusal =>
  refuse('INSUFFICIENT_ACCESS_OR_READONLY', 'insufficient access rights on object id', { status: 403 });

export const noAccessToParent = (): RowRefusal =>
  refuse('INSUFFICIENT_ACCESS_ON_CROSS_REFERENCE_ENTITY', 'insufficient access rights on cross-reference id');

export const unsupported = (object: string, verb: string): RowRefusal =>
  refuse('INVALID_TYPE_FOR_OPERATION', `entity type ${object} does not support ${verb}`);
