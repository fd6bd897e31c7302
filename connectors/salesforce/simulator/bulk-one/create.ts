/** Makes a job of Bulk API 1.0 out of what a client asks for. */

import { checkHardDelete, checkKey, objectOfJob } from '../bulk/checks.ts';
import type { SimulatorContext } from '../context.ts';
import type { Caller } from '../types.ts';
import { type ContentType, type Job, newJobId } from './jobs.ts';
import { AsyncProblem } from './problems.ts';

const OPERATIONS = ['insert', 'update', 'upsert', 'delete', 'hardDelete', 'query', 'queryAll'];
const CONTENT_TYPES = ['CSV', 'JSON', 'XML'];
const MODES = ['Parallel', 'Serial'];
const DEFAULT_CHUNK = 100_000;
const MOST_IN_CHUNK = 250_000;

/** The fields of a `jobInfo`, by name. */
export type JobFields = Record<string, unknown>;

function oneOf(fields: JobFields, name: string, allowed: string[], otherwise?: string): string {
  const value = fields[name] ?? otherwise;
  if (typeof value === 'string' && allowed.includes(value)) return value;
  throw new AsyncProblem('InvalidJob', `Invalid value '${String(value ?? '')}' for ${name}`);
}

/** The platform also takes the place of a mode in its list, which simple-salesforce sends. */
function modeOf(fields: JobFields): string {
  const { concurrencyMode: mode } = fields;
  return oneOf(
    typeof mode === 'number' ? { concurrencyMode: MODES[mode] ?? mode } : fields,
    'concurrencyMode',
    MODES,
    'Parallel',
  );
}

function textOr(value: unknown): string | undefined {
  return typeof value === 'string' && value !== '' ? value : undefined;
}

/** Records of a batch that `Sforce-Enable-PKChunking` asks for. @throws AsyncProblem */
export function chunkSizeOf(header: string | undefined): number | undefined {
  if (header === undefined || /^\s*false\s*$/i.test(header)) return undefined;
  const asked = Number(/chunkSize\s*=\s*(\d+)/i.exec(header)?.[1] ?? DEFAULT_CHUNK);
  if (asked >= 1 && asked <= MOST_IN_CHUNK) return asked;
  throw new AsyncProblem('InvalidJob', `chunkSize must be between 1 and ${MOST_IN_CHUNK}`);
}

/** @throws AsyncProblem, or ApiError for what both Bulk APIs refuse alike */
export function createJob(
  fields: JobFields,
  given: { version: string; chunkSize: number | undefined },
  { caller, context }: { caller: Caller; context: SimulatorContext },
): Job {
  const operation = oneOf(fields, 'operation', OPERATIONS);
  const contentType = oneOf(fields, 'contentType', CONTENT_TYPES, 'XML') as ContentType;
  const concurrencyMode = modeOf(fields);
  const object = objectOfJob(fields.object, caller, context);
  if (operation === 'hardDelete') checkHardDelete(caller);
  const assignmentRuleId = textOr(fields.assignmentRuleId);
  const at = context.org.now();
  return {
    ...given,
    id: newJobId(context),
    operation,
    object: object.name,
    contentType,
    concurrencyMode,
    ...(operation === 'upsert'
      ? { externalIdFieldName: checkKey(object, textOr(fields.externalIdFieldName)) }
      : {}),
    ...(assignmentRuleId === undefined ? {} : { assignmentRuleId }),
    createdById: caller.userId,
    createdAt: at,
    changedAt: at,
    state: 'Open',
    batches: [],
  };
}
