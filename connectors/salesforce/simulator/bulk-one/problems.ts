import type { ApiError } from '../types.ts';

/** A refusal in the words of Bulk API 1.0. */
export class AsyncProblem extends Error {
  readonly code: string;
  readonly status: number;
  constructor(code: string, message: string, status = 400) {
    super(message);
    this.code = code;
    this.status = status;
  }
}

const CODES: Record<string, string> = {
  INVALID_SESSION_ID: 'InvalidSessionId',
  INVALID_AUTH_HEADER: 'InvalidSessionId',
  INVALIDJOB: 'InvalidJob',
  FEATURENOTENABLED: 'FeatureNotEnabled',
  REQUEST_LIMIT_EXCEEDED: 'ExceededQuota',
  NOT_FOUND: 'InvalidVersion',
  UNSUPPORTED_API_VERSION: 'InvalidVersion',
};

/** A refusal of the server in this API's words; the API answers 400 where REST answers 401, 403 or 404. */
export function asyncProblemOf(error: ApiError): AsyncProblem {
  const code = CODES[error.errorCode] ?? 'Unknown';
  if (code === 'InvalidSessionId') return new AsyncProblem(code, 'Invalid session id');
  const passes = error.status >= 410 || code === 'Unknown';
  return new AsyncProblem(code, error.message.replace(/^\w+ : /, ''), passes ? error.status : 400);
}
