import { z } from 'zod';
import { faultFields, faultKind, readFaultFile } from '../../simulation/fault-file.ts';
import { FAULT_KINDS, type Fault } from './fault-kinds.ts';

const name = z.string().min(1);
const amount = z.number().int().nonnegative();

const FAULT = z.strictObject({
  ...faultFields,
  kind: faultKind(FAULT_KINDS),
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

/**
 * The faults of a file, `{"faults":[...]}`.
 * @throws SimulatorInputError that names the file, and the place in it that is wrong
 */
export function readFaults(file: string): Fault[] {
  return readFaultFile(file, FAULT) as Fault[];
}
