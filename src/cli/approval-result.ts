import { z } from 'zod';
import { type ApprovalState, approvalStates } from '../model/states.ts';

const stateSchema = z.enum(Object.keys(approvalStates) as ApprovalState[]);

/** An approval in --json. */
export const approvalSchema = z.strictObject({
  id: z.string(),
  program: z.string(),
  programVersion: z.string(),
  state: stateSchema,
  because: z.string(),
  asOf: z.string(),
  createdAt: z.string(),
  decidedAt: z.string().nullable(),
  decidedBy: z.string().nullable(),
  reason: z.string().nullable(),
  /** How many would go up and down in all, and how many of them are in which state. */
  up: z.int(),
  down: z.int(),
  states: z.partialRecord(stateSchema, z.int()),
});

/** One change in it. */
export const approvalItemSchema = z.strictObject({
  partnerId: z.string(),
  partner: z.string().nullable(),
  ladder: z.string(),
  direction: z.enum(['up', 'down']),
  from: z.string().nullable(),
  to: z.string().nullable(),
  why: z.string(),
  state: stateSchema,
  /** Why it was left out. */
  note: z.string().nullable(),
  /** Of a rejected one: the day from which it may be proposed again. */
  untilOn: z.string().nullable(),
  decisionId: z.string().nullable(),
});
