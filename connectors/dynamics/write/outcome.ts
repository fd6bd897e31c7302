import type { WriteResult } from '../../../src/sync/connector.ts';
import type { VendorFault } from '../../shared/call-failed.ts';
import { rejected } from '../../shared/write-outcome.ts';
import type { BatchAnswer } from '../batch.ts';
import type { Context } from '../context.ts';
import { faultError, isUndone, meaningOf, parseFault } from '../errors.ts';
import type { LaneRequest } from '../write.ts';
import type { Sending } from './plan.ts';
import { columnNamed } from './table.ts';

/** The outcome of a row that was written, by the first answer about it. */
export function keptBy(lane: LaneRequest, { row, id }: Sending, answer: BatchAnswer): WriteResult {
  const told = id ?? idIn(answer, lane.table.own.primaryId);
  const outcome =
    id !== undefined || answer.status === 200 ? 'updated' : answer.status === 201 ? 'created' : 'written';
  return { ref: row.ref, ...(told === undefined ? {} : { id: told }), outcome };
}

function idIn({ body }: BatchAnswer, primaryId: string): string | undefined {
  if (!body.startsWith('{')) return undefined;
  const id = (JSON.parse(body) as Record<string, unknown>)[primaryId];
  return typeof id === 'string' ? id : undefined;
}

/** The outcome of a row that the platform refused. */
export function refusedBy(
  context: Context,
  lane: LaneRequest,
  sending: Sending,
  fault: VendorFault,
): WriteResult {
  const { host } = context;
  const told = withSecuredColumn(lane, sending, asReference(sending, fault));
  const error = faultError(told, {
    connection: host.connection,
    now: host.now(),
    table: lane.request.object,
  });
  return rejected(sending.row.ref, { error, ...(sending.id === undefined ? {} : { id: sending.id }) });
}

/**
 * "Does not exist" is said with one code of the row itself and of one that it points to. Only the text names the id: where
 * it is one that the payload binds, the reference is what is missing.
 */
function asReference(sending: Sending, fault: VendorFault): VendorFault {
  if (fault.code !== NOT_FOUND) return fault;
  const message = fault.message.toLowerCase();
  const isOwn = sending.id !== undefined && message.includes(sending.id.toLowerCase());
  return isOwn || !bindsIds(sending) ? fault : { ...fault, code: NOT_FOUND_BY_KEY };
}

/** Column security names the column in a text only; where the row has one such column, it is that one. */
function withSecuredColumn({ table }: LaneRequest, { row }: Sending, fault: VendorFault): VendorFault {
  if (fault.fields.length > 0 || meaningOf(fault).code !== 'CRM_FIELD_READONLY') return fault;
  const secured = Object.keys(row.body)
    .map((name) => columnNamed(table.own, name.replace('@odata.bind', '')))
    .filter((column) => column?.secured === true);
  const [only] = secured;
  return secured.length === 1 && only !== undefined ? { ...fault, fields: [only.name] } : fault;
}

const NOT_FOUND = '0x80040217';
const NOT_FOUND_BY_KEY = '0x80060891';

function bindsIds({ row }: Sending): boolean {
  return Object.entries(row.body).some(([name, value]) => name.endsWith('@odata.bind') && value !== null);
}

/** The fault of an answer inside a batch; undefined for a success. */
export function faultIn(answer: BatchAnswer): VendorFault | undefined {
  return answer.status < 400 ? undefined : parseFault(answer.status, answer.body);
}

/**
 * Somebody else was faster: two upserts of one key at the same moment, or a row that changed after its state was looked up.
 * Planned anew, the row is found as it is now.
 */
export function isRace({ request }: LaneRequest, fault: VendorFault | undefined): boolean {
  const code = fault?.code ?? '';
  return code === '0x80060882' || (request.operation === 'upsert' && MADE_MEANWHILE.has(code));
}

const MADE_MEANWHILE = new Set(['0x80060892', '0x80040237']);

/** Refusals that pass: the row was not written and goes out again after a pause. */
export function passes(fault: VendorFault): boolean {
  if (fault.status === 412) return false;
  const { code, retry } = meaningOf(fault);
  const isForNow = isUndone(fault) && retry === 'backoff';
  return [429, 503].includes(fault.status) || isForNow || code === 'CRM_LOCKED';
}

/** An inner error of the platform leaves open whether the row was written. */
export function isInDoubt(fault: VendorFault): boolean {
  return [500, 502, 504].includes(fault.status) && !isUndone(fault);
}
