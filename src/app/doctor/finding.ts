import { type ErrorCode, isTierlinkError } from '../../errors.ts';
import { fromSystemError } from '../../system-errors.ts';
import type { DoctorCode } from './codes.ts';

/** unknown: it could not be looked at; never taken for ok. */
export type DoctorStatus = 'ok' | 'warn' | 'fail' | 'unknown';

/** What one check found, with one fix where there is something to mend. */
export interface DoctorFinding {
  /** Names the check, such as sign-in. */
  check: string;
  /** The connection that it is about; null for what all share. */
  connection: string | null;
  status: DoctorStatus;
  /** Stays the same whatever the words: of docs/doctor.md, or of an error of docs/errors.md. Null for what is ok. */
  code: string | null;
  message: string;
  fix: string | null;
  /** Where in the CRM's own set-up the fix is made; null where it is made elsewhere. */
  setUp: string | null;
}

/** A finding without the names that the runner of the checks knows. */
export type Found = Pick<DoctorFinding, 'status' | 'message'> &
  Partial<Pick<DoctorFinding, 'setUp'>> & { code?: DoctorCode | ErrorCode; fix?: string };

export function ok(message: string): Found {
  return { status: 'ok', message };
}

export function warn(code: DoctorCode, message: string, fix: string): Found {
  return { status: 'warn', code, message, fix };
}

export function fail(code: DoctorCode, message: string, fix: string): Found {
  return { status: 'fail', code, message, fix };
}

export function unknown(code: DoctorCode, message: string, fix: string): Found {
  return { status: 'unknown', code, message, fix };
}

/** What needs a sign-in that is not there. */
export const notLookedAt: Found = { status: 'unknown', code: 'DOC-X02', message: 'not looked at' };

/** The check that all others of a connection need. */
export const signInCheck = 'sign-in';

/** What a finding has where its check says nothing of it. */
export const nothingMore = { code: null, fix: null, setUp: null };

/** One check: reads, never writes. What it throws becomes a finding. */
export interface DoctorCheck<Context> {
  name: string;
  look(context: Context): Promise<Found[]> | Found[];
}

/** Runs checks one after the other. An error of ours is a failure with its own fix, anything else is unknown. */
export async function runChecks<Context>(
  checks: readonly DoctorCheck<Context>[],
  context: Context,
  connection: string | null,
): Promise<DoctorFinding[]> {
  const findings: DoctorFinding[] = [];
  for (const { name, look } of checks) {
    const found = await lookAt(() => look(context));
    findings.push(...found.map((each) => ({ check: name, connection, ...nothingMore, ...each })));
  }
  return findings;
}

async function lookAt(look: () => Promise<Found[]> | Found[]): Promise<Found[]> {
  try {
    return await look();
  } catch (error) {
    return [foundOf(error)];
  }
}

const laterFix = 'Run tierlink doctor again later; scheduled work goes on by itself.';

/** Who is told by other commands to examine the connection is told here what to look at. */
const unreachableFix =
  'Check that this machine reaches that address (network, proxy, firewall), and the address itself in tierlink.yaml or .env. Where both are right, wait: scheduled work goes on by itself.';

/** What cannot be reached now tells nothing about how it is: unknown. */
export function foundOf(error: unknown): Found {
  const known = isTierlinkError(error) ? error : fromSystemError(error);
  if (known === undefined) {
    const reason = error instanceof Error ? error.message : String(error);
    return unknown('DOC-X01', reason, 'Run it again with --debug.');
  }
  const healsByItself = known.retry === 'backoff' || known.retry === 'after';
  // The actions of such an error are for scheduled work; nothing tries an examination again.
  const { code, message } = known;
  return healsByItself
    ? {
        status: 'unknown',
        code,
        message,
        fix: code === 'CRM_UNREACHABLE' ? unreachableFix : laterFix,
      }
    : { status: 'fail', code, message, fix: known.actions[0] ?? '' };
}
