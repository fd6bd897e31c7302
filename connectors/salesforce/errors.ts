import { type ErrorCode, errorRegistry, type RetryClass, TierlinkError } from '../../src/errors.ts';
import { parseJson, type VendorFault } from '../shared/call-failed.ts';

/** What a fault means to the engine. */
export interface FaultMeaning {
  code: ErrorCode;
  retry: RetryClass;
}

/** How long to wait when the day's calls are used up: the allowance is a rolling window and nothing tells when calls
 * come back, so the next attempt is made after a quarter of an hour. */
export const QUOTA_WAIT_MS = 15 * 60_000;

/** Salesforce's codes (REST errorCode, collections' statusCode, Bulk's sf__Error prefix) in our words. */
const meanings: Readonly<Record<string, ErrorCode>> = {
  INVALID_SESSION_ID: 'CRM_SESSION_EXPIRED',
  INVALID_AUTH_HEADER: 'CRM_SESSION_EXPIRED',
  API_DISABLED_FOR_ORG: 'CRM_PERMISSION',
  API_CURRENTLY_DISABLED: 'CRM_PERMISSION',
  FUNCTIONALITY_NOT_ENABLED: 'CRM_PERMISSION',
  INSUFFICIENT_ACCESS: 'CRM_PERMISSION',
  INSUFFICIENT_ACCESS_OR_READONLY: 'CRM_PERMISSION',
  INSUFFICIENT_ACCESS_ON_CROSS_REFERENCE_ENTITY: 'CRM_PERMISSION',
  TRANSFER_REQUIRES_READ: 'CRM_PERMISSION',
  TXN_SECURITY_METERING_ERROR: 'CRM_PERMISSION',
  UNABLE_TO_LOCK_ROW: 'CRM_LOCKED',
  SERVER_UNAVAILABLE: 'CRM_BUSY',
  UNKNOWN_EXCEPTION: 'CRM_BUSY',
  QUERY_TIMEOUT: 'CRM_BUSY',
  NOT_FOUND: 'CRM_GONE',
  ENTITY_IS_DELETED: 'CRM_GONE',
  INVALID_CROSS_REFERENCE_KEY: 'CRM_REFERENCE',
  MALFORMED_ID: 'CRM_REFERENCE',
  REQUIRED_FIELD_MISSING: 'CRM_REQUIRED',
  STRING_TOO_LONG: 'CRM_TOO_LONG',
  INVALID_OR_NULL_FOR_RESTRICTED_PICKLIST: 'CRM_PICKLIST',
  BAD_VALUE_FOR_RESTRICTED_PICKLIST: 'CRM_PICKLIST',
  INVALID_EMAIL_ADDRESS: 'CRM_BAD_VALUE',
  NUMBER_OUTSIDE_VALID_RANGE: 'CRM_BAD_VALUE',
  INVALID_TYPE_ON_FIELD_IN_RECORD: 'CRM_BAD_VALUE',
  JSON_PARSER_ERROR: 'CRM_BAD_VALUE',
  INVALID_STATUS: 'CRM_BAD_VALUE',
  INACTIVE_OWNER_OR_USER: 'CRM_REFERENCE',
  FIELD_CUSTOM_VALIDATION_EXCEPTION: 'CRM_RULE',
  FIELD_INTEGRITY_EXCEPTION: 'CRM_RULE',
  FIELD_FILTER_VALIDATION_EXCEPTION: 'CRM_RULE',
  CANNOT_INSERT_UPDATE_ACTIVATE_ENTITY: 'CRM_RULE',
  DELETE_FAILED: 'CRM_RULE',
  DEPENDENCY_EXISTS: 'CRM_RULE',
  DUPLICATE_VALUE: 'CRM_DUPLICATE',
  DUPLICATE_EXTERNAL_ID: 'CRM_DUPLICATE',
  DUPLICATES_DETECTED: 'CRM_DUPLICATE',
  MULTIPLE_CHOICES: 'CRM_DUPLICATE',
  INVALID_FIELD: 'CRM_FIELD_MISSING',
  INVALID_FIELD_FOR_INSERT_UPDATE: 'CRM_FIELD_READONLY',
  INVALID_TYPE: 'CRM_OBJECT_MISSING',
  MALFORMED_QUERY: 'CRM_QUERY',
  INVALID_QUERY_FILTER_OPERATOR: 'CRM_QUERY',
  INVALID_QUERY_LOCATOR: 'CRM_QUERY',
  QUERY_TOO_COMPLICATED: 'CRM_QUERY',
  OPERATION_TOO_LARGE: 'CRM_QUERY',
  INVALID_REPLICATION_DATE: 'CRM_CURSOR_EXPIRED',
  STORAGE_LIMIT_EXCEEDED: 'CRM_STORAGE',
  ALL_OR_NONE_OPERATION_ROLLED_BACK: 'CRM_COLLATERAL',
  PROCESSING_HALTED: 'CRM_COLLATERAL',
  BATCH_PROCESSING_HALTED: 'CRM_COLLATERAL',
  CANNOT_UPDATE_CONVERTED_LEAD: 'CRM_READONLY_RECORD',
  UNSUPPORTED_API_VERSION: 'CRM_VERSION',
};

function isForeignKeyMiss(fault: VendorFault): boolean {
  return fault.code === 'INVALID_FIELD' && /^Foreign key external ID/i.test(fault.message);
}

/** Codes that mean two things are told apart by their text, which is the only sign the platform gives. */
function codeOf(fault: VendorFault): ErrorCode {
  if (fault.code === 'REQUEST_LIMIT_EXCEEDED') return isTotalLimit(fault) ? 'CRM_QUOTA' : 'CRM_BUSY';
  if (isForeignKeyMiss(fault)) return 'CRM_REFERENCE';
  if (fault.code === 'NOT_FOUND' && /external ID field/i.test(fault.message)) return 'CRM_FIELD_MISSING';
  if (fault.code === 'INVALID_CROSS_REFERENCE_KEY' && fault.fields.length === 0) return 'CRM_GONE';
  return meanings[fault.code] ?? codeByStatus(fault);
}

function codeByStatus(fault: VendorFault): ErrorCode {
  if (fault.status === 0) return 'CRM_UNREACHABLE';
  if (fault.status === 410) return 'CRM_VERSION';
  return [420, 429, 500, 502, 503, 504].includes(fault.status) ? 'CRM_BUSY' : 'CRM_UNKNOWN';
}

/** Whether REQUEST_LIMIT_EXCEEDED speaks of the day's allowance rather than of calls running at once. */
function isTotalLimit(fault: VendorFault): boolean {
  return fault.code === 'REQUEST_LIMIT_EXCEEDED' && !/concurrent/i.test(fault.message);
}

export function meaningOf(fault: VendorFault): FaultMeaning {
  const code = codeOf(fault);
  return { code, retry: errorRegistry[code].retry };
}

/** A fault of SOAP: its code has a prefix, and its text begins with the code. */
function soapFault(status: number, body: string): VendorFault | undefined {
  const code = /<faultcode>(?:[^<:]*:)?([A-Z_]+)<\/faultcode>/.exec(body)?.[1];
  const text = /<faultstring>([\s\S]*?)<\/faultstring>/.exec(body)?.[1] ?? '';
  return code === undefined
    ? undefined
    : { code, message: text.replace(new RegExp(`^${code}: `), ''), fields: [], status };
}

/** Reads an error answer of any shape the platform uses: array, single object, OAuth object, SOAP, text. */
export function parseFault(status: number, body: string): VendorFault {
  const soap = soapFault(status, body);
  if (soap !== undefined) return soap;
  const parsed = parseJson(body);
  const first: unknown = Array.isArray(parsed) ? parsed[0] : parsed;
  if (typeof first !== 'object' || first === null) {
    return {
      code: `HTTP_${status}`,
      message: body.slice(0, 300).trim() || `HTTP ${status}`,
      fields: [],
      status,
    };
  }
  return { ...entryFault(first as Record<string, unknown>), status };
}

/** One entry of an error array: errorCode on single records, statusCode inside collections. */
export function entryFault(entry: Record<string, unknown>): VendorFault {
  const fields = Array.isArray(entry.fields) ? entry.fields.map(String) : [];
  const code = entry.errorCode ?? entry.statusCode ?? entry.error ?? 'UNKNOWN';
  const message = entry.message ?? entry.error_description ?? entry.errorMessage ?? '';
  return { code: String(code), message: String(message), fields, status: 400 };
}

/** `CODE:message:fields --`, as the failed rows of a bulk job carry it. */
export function parseBulkFault(text: string): VendorFault {
  const match = /^([A-Z0-9_]+):([\s\S]*?)(?::([^:]*?))?\s*--\s*$/.exec(text);
  if (match === null) return { code: 'UNKNOWN', message: text, fields: [], status: 400 };
  const fields = (match[3] ?? '').split(/[,\s]+/).filter((field) => field !== '');
  return { code: match[1] ?? 'UNKNOWN', message: (match[2] ?? '').trim(), fields, status: 400 };
}

/** What the thrown error should name beside the fault itself. */
export interface FaultPlace {
  connection: string;
  now: number;
  object?: string | undefined;
  version?: string | undefined;
}

/** The error to throw for a call that failed as a whole. */
export function faultError(fault: VendorFault, place: FaultPlace): TierlinkError {
  const { code } = meaningOf(fault);
  const retryAt = code === 'CRM_QUOTA' ? place.now + QUOTA_WAIT_MS : undefined;
  const data = {
    connection: place.connection,
    reason: fault.message,
    vendorCode: fault.code,
    object: place.object,
    field: fault.fields[0] ?? fieldInMessage(fault.message),
    version: place.version,
    ...(retryAt === undefined ? {} : { until: new Date(retryAt).toISOString() }),
  };
  return new TierlinkError(code, data, { cause: fault, ...(retryAt === undefined ? {} : { retryAt }) });
}

function fieldInMessage(message: string): string | undefined {
  return /No such (?:column|relation) '([^']+)'/i.exec(message)?.[1];
}
