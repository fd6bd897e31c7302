import { z } from 'zod';

/** The part of the program language that says which changes of tiers a person has to approve. */

const shareForm = 'a share is written like 5 % or 2.5 %';

const shareSchema = z
  .string(shareForm)
  .regex(/^\d+(\.\d+)? ?%$/, shareForm)
  .describe('A share of the partners on the ladders.');

export const approvalSchema = z
  .strictObject({
    downShare: shareSchema
      .optional()
      .describe('When more than this share of the partners would go down on a day, all of those wait.'),
    upShare: shareSchema
      .optional()
      .describe('When more than this share of the partners would go up on a day, all of those wait.'),
    minimum: z
      .int()
      .positive()
      .default(5)
      .describe('Fewer partners than these are never held because of a share.'),
    always: z
      .enum(['down', 'up', 'both'])
      .optional()
      .describe('Every change in this direction waits, be it only one.'),
  })
  .describe('Which changes of tiers wait until a person approves them. (Default: none)');

export type ApprovalPolicy = z.infer<typeof approvalSchema>;

/** up: to a higher tier · down: to a lower one or to none. */
export type Direction = 'up' | 'down';

/** The number before the percent sign. */
export function percentOf(share: string): string {
  return share.replace(/ ?%$/, '');
}

/** Whether every change in a direction waits. */
export function waitsAlways({ always }: ApprovalPolicy, direction: Direction): boolean {
  return always === 'both' || always === direction;
}
