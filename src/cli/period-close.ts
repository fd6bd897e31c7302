import { z } from 'zod';
import type { PeriodClose } from '../tier/look/period-close.ts';

/** A sign-off of a period in --json. */
export const periodCloseSchema = z.strictObject({
  id: z.string().describe('Id of the sign-off.'),
  period: z.string().describe('The period, such as 2026-Q3.'),
  startsOn: z.string().describe('First day of the period.'),
  endsOn: z.string().describe('Last day of the period.'),
  programVersion: z.string(),
  closedAt: z.string().describe('Instant at which it was signed off.'),
  closedBy: z.string().describe('Who signed it off.'),
  note: z.string().nullable().describe('What was noted with it; null for nothing.'),
  reconstructed: z
    .string()
    .nullable()
    .describe(
      'Why it is not available what was known at the end, so that the records of the sign-off stand for it; null when it is.',
    ),
  hash: z.string().describe('SHA-256 of everything that was signed off.'),
  reopenedAt: z
    .string()
    .nullable()
    .describe('Instant at which it was opened again; null while it is closed.'),
  reopenedBy: z.string().nullable().describe('Who opened it again; null while it is closed.'),
  reopenedReason: z.string().nullable().describe('Why it was opened again; null while it is closed.'),
});
export type ShownClose = z.infer<typeof periodCloseSchema>;

export function shownClose(close: PeriodClose): ShownClose {
  const { program: _program, programHash: _hash, ...shown } = close;
  return shown;
}
