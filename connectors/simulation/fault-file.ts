import { readFileSync } from 'node:fs';
import { z } from 'zod';
import { SimulatorInputError } from '../../src/sync/connector-manifest.ts';

/** What a file says of every fault, whatever the CRM. */
export const faultFields = {
  times: z.number().int().positive().optional(),
  after: z.number().int().nonnegative().optional(),
  path: z.string().min(1).optional(),
  method: z.string().min(1).optional(),
  object: z.string().min(1).optional(),
  field: z.string().min(1).optional(),
};

/** The kind of a fault; the message for another one names those that there are. */
export function faultKind<Kind extends string>(kinds: readonly [Kind, ...Kind[]]) {
  return z.enum(kinds, {
    error: ({ input }) => `there is no fault ${String(input)}; there are ${kinds.join(', ')}`,
  });
}

function parsed(file: string): unknown {
  try {
    return JSON.parse(readFileSync(file, 'utf8'));
  } catch (error) {
    throw new SimulatorInputError(`${file}: ${error instanceof Error ? error.message : 'cannot be read'}`);
  }
}

/**
 * The faults of a file, `{"faults":[...]}`.
 * @throws SimulatorInputError that names the file, and the place in it that is wrong
 */
export function readFaultFile(file: string, fault: z.ZodType): unknown[] {
  const result = z.strictObject({ faults: z.array(fault) }).safeParse(parsed(file));
  if (result.success) return result.data.faults;
  const [issue] = result.error.issues;
  const place = issue === undefined || issue.path.length === 0 ? '' : ` ${issue.path.join('.')}:`;
  throw new SimulatorInputError(
    `${file}:${place} ${issue?.message ?? 'not a list of faults'} (expected {"faults":[...]})`,
  );
}
