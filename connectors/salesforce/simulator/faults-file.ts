import { readFileSync } from 'node:fs';
import { z } from 'zod';
import { SimulatorInputError } from '../../../src/sync/connector-manifest.ts';
import { FAULT_KINDS, type Fault } from './fault-kinds.ts';

const name = z.string().min(1);
const amount = z.number().int().nonnegative();

const FAULT = z.strictObject({
  kind: z.enum(FAULT_KINDS, {
    error: ({ input }) => `there is no fault ${String(input)}; there are ${FAULT_KINDS.join(', ')}`,
  }),
  times: z.number().int().positive().optional(),
  after: amount.optional(),
  path: name.optional(),
  method: name.optional(),
  object: name.optional(),
  field: name.optional(),
  status: z.number().int().min(400).max(599).optional(),
  retryAfterSeconds: amount.optional(),
  limit: z.enum(['total', 'concurrent']).optional(),
  parentId: name.optional(),
  whenMixed: z.boolean().optional(),
  matching: z.record(z.string(), z.unknown()).optional(),
  statusCode: name.optional(),
  message: z.string().optional(),
  fields: z.array(z.string()).optional(),
  ms: amount.optional(),
  since: z.iso.datetime({ offset: true }).optional(),
});
const FILE = z.strictObject({ faults: z.array(FAULT) });

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
export function readFaults(file: string): Fault[] {
  const result = FILE.safeParse(parsed(file));
  if (result.success) return result.data.faults as Fault[];
  const [issue] = result.error.issues;
  const place = issue === undefined || issue.path.length === 0 ? '' : ` ${issue.path.join('.')}:`;
  throw new SimulatorInputError(
    `${file}:${place} ${issue?.message ?? 'not a list of faults'} (expected {"faults":[...]})`,
  );
}
