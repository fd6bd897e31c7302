import { type ErrorCode, errorRegistry, type RetryClass, TierlinkError } from '../../src/errors.ts';
import { parseJson, type VendorFault } from '../shared/call-failed.ts';
import { signInAdvice } from './sign-in-advice.ts';

/** What a fault means to the engine. */
export interface FaultMeaning {
  code: ErrorCode;
  retry: RetryClass;
}

/** How long to wait when the platform does not say: its limits are counted over a sliding window of that length.
 * https://learn.microsoft.com/power-apps/developer/data-platform/api-limits */
export const WINDOW_MS = 5 * 60_000;

/**
 * Dataverse's codes in our words.
 * https://learn.microsoft.com/power-apps/developer/data-platform/reference/web-service-error-codes
 */
const meanings: Readonly<Record<string, ErrorCode>> = {
  '0x80072322': 'CRM_QUOTA', // requests in the window
  '0x80072321': 'CRM_QUOTA', // execution time in the window
  '0x80072326': 'CRM_BUSY', // requests at once
  '0x80071151': 'CRM_BUSY', // a solution is being installed
  '0x80040216': 'CRM_BUSY', // UnExpected
  '0x80044150': 'CRM_LOCKED', // SQL error, a deadlock as a rule
  '0x80044151': 'CRM_BUSY', // SQL timeout
  '0x80044339': 'CRM_LOCKED',
  '0x80072560': 'CRM_SIGN_IN', // no application user
  '0x80040225': 'CRM_SIGN_IN', // user disabled
  '0x8004a112': 'CRM_SIGN_IN',
  '0x8004a104': 'CRM_PERMISSION', // environment disabled or in administration mode
  '0x80042f09': 'CRM_PERMISSION', // no roles
  '0x80040220': 'CRM_PERMISSION',
  '0x80040231': 'CRM_PERMISSION',
  '0x8004020d': 'CRM_PERMISSION',
  '0x80048405': 'CRM_PERMISSION',
  '0x80048306': 'CRM_PERMISSION',
  '0x8004a110': 'CRM_PERMISSION',
  '0x8004700b': 'CRM_DUPLICATE', // a table, column, relationship or key of that name is there
  '0x80047013': 'CRM_DUPLICATE',
  '0x8004432b': 'CRM_DUPLICATE',
  '0x80060893': 'CRM_DUPLICATE',
  '0x80060894': 'CRM_DUPLICATE',
  '0x8004f502': 'CRM_FIELD_READONLY', // column security
  '0x8004f507': 'CRM_FIELD_READONLY',
  '0x80040217': 'CRM_GONE',
  '0x80060891': 'CRM_REFERENCE', // no row with the key
  '0x8006089d': 'CRM_DUPLICATE', // several rows with the key
  '0x80060890': 'CRM_FIELD_MISSING', // the key is not defined
  '0x80041140': 'CRM_FIELD_MISSING',
  '0x80040237': 'CRM_DUPLICATE',
  '0x80060892': 'CRM_DUPLICATE',
  '0x80073002': 'CRM_DUPLICATE',
  '0x80040333': 'CRM_DUPLICATE',
  '0x80060882': 'CRM_LOCKED', // somebody changed the row meanwhile
  '0x80044331': 'CRM_TOO_LONG',
  '0x8004432f': 'CRM_BAD_VALUE',
  '0x80044330': 'CRM_BAD_VALUE',
  '0x8004431a': 'CRM_PICKLIST',
  '0x80048408': 'CRM_PICKLIST', // status that does not fit the state
  '0x80040203': 'CRM_BAD_VALUE',
  '0x80048d19': 'CRM_BAD_VALUE',
  '0x80040265': 'CRM_RULE', // a plug-in refused
  '0x80040224': 'CRM_RULE',
  '0x8004023b': 'CRM_RULE',
  '0x80040315': 'CRM_RULE',
  '0x80040227': 'CRM_RULE',
  '0x8004022e': 'CRM_READONLY_RECORD',
  '0x80060888': 'CRM_QUERY',
  '0x8006088a': 'CRM_OBJECT_MISSING',
  '0x80041102': 'CRM_OBJECT_MISSING',
  '0x80041103': 'CRM_FIELD_MISSING',
  '0x8004e023': 'CRM_QUERY', // aggregate over more than 50,000 rows
  '0x80044352': 'CRM_CURSOR_EXPIRED',
  '0x80072491': 'CRM_CURSOR_EXPIRED', // the table does not track changes (any more)
};

const byStatus: Readonly<Record<number, ErrorCode>> = {
  0: 'CRM_UNREACHABLE',
  401: 'CRM_SESSION_EXPIRED',
  403: 'CRM_PERMISSION',
  404: 'CRM_GONE',
  410: 'CRM_CURSOR_EXPIRED',
  412: 'CRM_DUPLICATE',
  429: 'CRM_QUOTA',
  500: 'CRM_BUSY',
  502: 'CRM_BUSY',
  503: 'CRM_BUSY',
  504: 'CRM_BUSY',
};

/** One code stands for every wrong query and payload; only its text, written by the OData library, names a property. */
const unknownProperty =
  /property named '([^']+)'|The property '([^']+)' does not exist|property '([^']+)' which/i;

function codeOf(fault: VendorFault): ErrorCode {
  const known = meanings[fault.code];
  const isWide = known === 'CRM_QUERY' || fault.code === '0x80048d19';
  if (isWide && unknownProperty.test(fault.message)) return 'CRM_FIELD_MISSING';
  return known ?? byStatus[fault.status] ?? 'CRM_UNKNOWN';
}

export function meaningOf(fault: VendorFault): FaultMeaning {
  const code = codeOf(fault);
  return { code, retry: errorRegistry[code].retry };
}

/**
 * Whether the platform undid all of the request, whatever its status: SQL errors end their transaction, and so does a
 * plug-in that fails within it, on purpose or not.
 * https://learn.microsoft.com/power-apps/developer/data-platform/handle-exceptions
 */
export function isUndone({ code }: VendorFault): boolean {
  return ['0x80044150', '0x80044151', '0x80044339', '0x80040265', '0x80040224'].includes(code);
}

/** Whether the work took the database too long. The platform undid it, and the same work would take as long again. */
export function isTimeout({ code }: VendorFault): boolean {
  return code === '0x80044151';
}

/** Reads an error answer: the Web API's own shape, the old one of routing errors, or text. */
export function parseFault(status: number, body: string): VendorFault {
  const parsed = parseJson(body);
  const { error, Message } = (parsed ?? {}) as { error?: unknown; Message?: unknown };
  if (typeof error === 'object' && error !== null)
    return entryFault(error as Record<string, unknown>, status);
  const message = typeof Message === 'string' ? Message : body.slice(0, 300).trim();
  return { code: `HTTP_${status}`, message: message || `HTTP ${status}`, fields: [], status };
}

/** `{"code": "0x80040217", "message": "…"}`; the code may be missing, blank or a negative number. */
export function entryFault(error: Readonly<Record<string, unknown>>, status: number): VendorFault {
  const message = String(error.message ?? '').trim() || `HTTP ${status}`;
  const found = unknownProperty.exec(message);
  const field = found?.[1] ?? found?.[2] ?? found?.[3];
  return {
    code: hexCode(error.code) ?? `HTTP_${status}`,
    message,
    fields: field === undefined ? [] : [field],
    status,
  };
}

/** Organization-service faults carry the same codes as signed numbers: -2147015902 is 0x80072322. */
function hexCode(code: unknown): string | undefined {
  const text = String(code ?? '').trim();
  if (/^-\d+$/.test(text)) return `0x${(Number(text) + 2 ** 32).toString(16)}`;
  return text === '' || text === '0x0' || text === '0' ? undefined : text.toLowerCase();
}

/** What the thrown error should name beside the fault itself. */
export interface FaultPlace {
  connection: string;
  now: number;
  table?: string | undefined;
  version?: string | undefined;
  /** How long the platform asks to be left alone, in ms. */
  retryAfterMs?: number | undefined;
}

/** The error to throw for a call that failed as a whole. */
export function faultError(fault: VendorFault, place: FaultPlace): TierlinkError {
  const { code } = meaningOf(fault);
  const retryAt = code === 'CRM_QUOTA' ? place.now + (place.retryAfterMs ?? WINDOW_MS) : undefined;
  const data = {
    connection: place.connection,
    reason: fault.message,
    vendorCode: fault.code,
    object: place.table,
    field: fault.fields[0],
    version: place.version,
    advice: signInAdvice(fault.code),
    ...(retryAt === undefined ? {} : { until: new Date(retryAt).toISOString() }),
  };
  return new TierlinkError(code, data, { cause: fault, ...(retryAt === undefined ? {} : { retryAt }) });
}
