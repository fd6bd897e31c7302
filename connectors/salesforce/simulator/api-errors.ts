import { ApiError, type DmlError, type DmlResult } from './types.ts';

/** An error as single-record resources answer it: in an array, with `errorCode`. */
export function errorBody(error: ApiError): Array<Record<string, unknown>> {
  return [
    {
      message: error.message,
      errorCode: error.errorCode,
      ...(error.fields === undefined ? {} : { fields: error.fields }),
      ...error.extra,
    },
  ];
}

/** Refusals of the body as such: the record was never looked at, so no fields are named. */
const OF_THE_BODY = new Set(['JSON_PARSER_ERROR', 'INVALID_FIELD']);

/** A refused record as an error of a single-record resource. */
export function apiErrorOf(result: DmlResult): ApiError {
  const [error] = result.errors;
  if (error === undefined) return new ApiError(500, 'UNKNOWN_EXCEPTION', 'An unexpected error occurred');
  const namesFields = error.fields.length > 0 || !OF_THE_BODY.has(error.statusCode);
  return new ApiError(error.status, error.statusCode, error.message, {
    ...(namesFields ? { fields: error.fields } : {}),
    ...(error.extra === undefined ? {} : { extra: error.extra }),
  });
}

/** An error inside a collection answer: the key is `statusCode` there. */
export function itemError(error: DmlError): Record<string, unknown> {
  const { matches: _matches, ...extra } = error.extra ?? {};
  return { statusCode: error.statusCode, message: error.message, fields: error.fields, ...extra };
}

export const notFound = (): ApiError =>
  new ApiError(404, 'NOT_FOUND', 'The requested resource does not exist');

export const badRequest = (errorCode: string, message: string, fields?: string[]): ApiError =>
  new ApiError(400, errorCode, message, fields === undefined ? {} : { fields });
