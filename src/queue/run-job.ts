import { DelayedError, type Job, type Processor, UnrecoverableError, WaitingError } from 'bullmq';
import { TierlinkError } from '../errors.ts';
import type { Clock } from '../model/clock.ts';
import type { Logger } from '../model/logger.ts';
import { type LeasedWork, withLease } from '../store/leases.ts';
import type { Store } from '../store/store.ts';
import type { AnyJob, JobContext, JobDefinition, JobResult } from './define-job.ts';
import { type Verdict, verdictOn } from './retry.ts';

export interface RunJobOptions<Services> {
  store: Store;
  services: Services;
  clock: Clock;
  logger: Logger;
  jobs: ReadonlyMap<string, AnyJob<Services>>;
  /** Who holds the leases of this process's jobs. */
  holder: string;
  /** Tries a new sign-in after an error of class signIn; false when that failed too. (Default: there is none) */
  signIn?: ((error: TierlinkError) => Promise<boolean>) | undefined;
  /** Aborts when the process stops and its patience has ended. */
  stopping: AbortSignal;
}

const LEASE_TTL_MS = 30_000;
/** How long an aborted run may take to end before its worker is given to the next job. */
export const ABORT_GRACE_MS = 5_000;

type Any = JobDefinition<unknown, unknown>;

/** The function that BullMQ calls for each job: checks the payload, runs it, and turns failures into what follows. */
export function jobProcessor<Services>(options: RunJobOptions<Services>): Processor {
  return async (job, token, signal) => {
    const definition = options.jobs.get(job.name) as Any | undefined;
    const payload = acceptPayload(job, definition, [...options.jobs.keys()]);
    try {
      return await attempt(definition as Any, { ...options, job, payload, signal });
    } catch (error) {
      return await settle(job, token, { error, options });
    }
  };
}

function acceptPayload(job: Job, definition: Any | undefined, known: string[]): unknown {
  if (!definition)
    throw finalError(new TierlinkError('JOB_UNKNOWN', { job: job.name, known: known.join(', ') }));
  const parsed = definition.payload.safeParse(job.data);
  if (parsed.success) return parsed.data;
  throw finalError(payloadError(job.name, parsed.error));
}

/** JOB_PAYLOAD_INVALID with the first problem of each field. */
export function payloadError(
  job: string,
  error: { issues: { path: PropertyKey[]; message: string }[] },
): TierlinkError {
  const reason = error.issues
    .map((issue) => `${issue.path.join('.') || 'payload'}: ${issue.message}`)
    .join('; ');
  return new TierlinkError('JOB_PAYLOAD_INVALID', { job, reason });
}

type Attempt<Services> = RunJobOptions<Services> & {
  job: Job;
  payload: unknown;
  signal: AbortSignal | undefined;
};

/** One run; a second one when the first needed a new sign-in and that succeeded. */
async function attempt<Services>(definition: Any, options: Attempt<Services>): Promise<JobResult> {
  try {
    return await runWithin(definition, options);
  } catch (error) {
    const verdict = verdictOn(error, options.clock.now());
    if (verdict.kind !== 'signIn' || !(await options.signIn?.(verdict.error))) throw error;
    return await runWithin(definition, options);
  }
}

/** Runs under the job's lease, if it has one, and within its time. */
async function runWithin<Services>(definition: Any, options: Attempt<Services>): Promise<JobResult> {
  const { name, timeoutMs, concurrencyKey } = definition;
  const timeout = new AbortController();
  const timer = setTimeout(
    () => timeout.abort(new TierlinkError('JOB_TIMEOUT', { job: name, timeoutMs })),
    timeoutMs,
  );
  const signals = [timeout.signal, options.stopping, ...(options.signal ? [options.signal] : [])];
  const signal = AbortSignal.any(signals);
  const run = (leased: Partial<LeasedWork>) => {
    const context = contextOf(options, { lease: leased.lease, signal: leased.signal ?? signal });
    return untilAborted(context.signal, () => definition.run(context));
  };
  try {
    if (!concurrencyKey) return await run({});
    const request = {
      key: concurrencyKey(options.payload),
      holder: options.holder,
      ttlMs: LEASE_TTL_MS,
      detail: name,
    };
    return await withLease(options.store, { ...request, signal }, run);
  } finally {
    clearTimeout(timer);
  }
}

function contextOf<Services>(
  options: Attempt<Services>,
  held: Pick<JobContext<unknown, Services>, 'lease' | 'signal'>,
): JobContext<unknown, Services> {
  const { job, logger, payload, services } = options;
  return {
    payload,
    services,
    ...held,
    log: boundLogger(logger, { job: job.name, jobId: job.id }),
    progress: async (percent) => {
      await job.updateProgress(percent).catch((error: Error) => {
        logger.debug({ job: job.name, jobId: job.id, reason: error.message }, 'progress was not recorded');
      });
    },
  };
}

/** Ends with the run; after an abort the run has a short time to end by itself, then the abort's reason is thrown. */
async function untilAborted<T>(signal: AbortSignal, run: () => Promise<T>): Promise<T> {
  signal.throwIfAborted();
  let timer: NodeJS.Timeout | undefined;
  let onAbort: (() => void) | undefined;
  const aborted = new Promise<never>((_resolve, reject) => {
    onAbort = () => {
      timer = setTimeout(() => reject(signal.reason), ABORT_GRACE_MS);
    };
    signal.addEventListener('abort', onAbort);
  });
  try {
    return await Promise.race([run(), aborted]);
  } catch (error) {
    // A run that stopped because it was told to fails with whatever it was doing; the reason is what matters.
    throw signal.aborted ? signal.reason : error;
  } finally {
    clearTimeout(timer);
    if (onAbort) signal.removeEventListener('abort', onAbort);
  }
}

/** Puts the job where its failure belongs; always throws what makes BullMQ leave it there. */
async function settle<Services>(
  job: Job,
  token: string | undefined,
  failure: { error: unknown; options: RunJobOptions<Services> },
): Promise<never> {
  const { error, options } = failure;
  if (options.stopping.aborted) {
    await job.moveToWait(token);
    throw new WaitingError();
  }
  const verdict: Verdict = verdictOn(error, options.clock.now());
  if (verdict.kind === 'wait') {
    await job.moveToDelayed(Date.now() + Math.max(0, verdict.until - options.clock.now()), token);
    throw new DelayedError();
  }
  throw verdict.kind === 'backoff' ? error : finalError(error);
}

/** BullMQ keeps only a text; the code comes first so that it can be found again. */
function finalError(error: unknown): UnrecoverableError {
  const text = error instanceof TierlinkError ? `${error.code}: ${error.message}` : String(error);
  return Object.assign(new UnrecoverableError(text), { cause: error });
}

function boundLogger(logger: Logger, bound: Record<string, unknown>): Logger {
  return {
    debug: (data, message) => logger.debug({ ...bound, ...data }, message),
    info: (data, message) => logger.info({ ...bound, ...data }, message),
    warn: (data, message) => logger.warn({ ...bound, ...data }, message),
    error: (data, message) => logger.error({ ...bound, ...data }, message),
  };
}
