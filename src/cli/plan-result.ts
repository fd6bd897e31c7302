import { z } from 'zod';
import {
  isDifference,
  isMove,
  isWrite,
  type Plan,
  type PlanItem,
  planHeadSchema,
  planItemSchema,
} from '../plan/item.ts';

/** A plan in --json: its file's contents, and how many there are of what. */
export const planSchema = z.strictObject({
  file: z.string().nullable().describe('The file that the plan is in; null where it was only shown.'),
  plan: planHeadSchema.describe('What it was made of, when and by whom.'),
  counts: z.strictObject({
    create: z.int().describe('Records that would be created.'),
    update: z.int().describe('Records that would be changed.'),
    conflicts: z.int().describe('Fields on which both sides disagree.'),
    tierUp: z.int().describe('Partners that go up.'),
    tierDown: z.int().describe('Partners that go down.'),
    waiting: z.int().describe("Changes of tiers that wait for an approval by the program's own rules."),
    left: z.int().describe('What a run wrote and is not put back.'),
    links: z.int().describe('Records of the CRM that come in.'),
    unlinks: z.int().describe('Records of the CRM that are gone there, merged, or out of scope.'),
    merges: z.int().describe('Records that may be one.'),
    invalid: z.int(),
    unchanged: z.int(),
    calls: z.int().describe('About how many API calls the writes take.'),
  }),
  items: z.array(planItemSchema),
});
export type ShownPlan = z.infer<typeof planSchema>;

export function shownPlan(plan: Plan, file: string | null): ShownPlan {
  const { head, items } = plan;
  const count = (test: (item: PlanItem) => boolean) => items.filter(test).length;
  return {
    file,
    plan: head,
    counts: {
      create: count(({ kind }) => kind === 'create'),
      update: count(({ kind }) => kind === 'update'),
      conflicts: count(isDifference),
      tierUp: count(({ kind }) => kind === 'tier_up'),
      tierDown: count(({ kind }) => kind === 'tier_down'),
      waiting: count((item) => isMove(item) && item.waits),
      left: count(({ kind }) => kind === 'left'),
      links: count(({ kind }) => kind === 'link'),
      unlinks: count(({ kind }) => kind === 'unlink'),
      merges: count(({ kind }) => kind === 'merge'),
      invalid: count(({ kind }) => kind === 'invalid'),
      unchanged: head.connections.reduce((sum, { unchanged }) => sum + unchanged, 0),
      calls: items.some(isWrite) ? head.connections.reduce((sum, { calls }) => sum + calls, 0) : 0,
    },
    items,
  };
}

/** Whether anything differs, on either side or between them, or comes in for the first time. */
export function hasChanges({ items, plan }: Pick<ShownPlan, 'items' | 'plan'>): boolean {
  const isFirst = plan.connections.some(({ loads }) => loads.length > 0);
  return isFirst || items.some(({ kind }) => kind !== 'merge' && kind !== 'invalid' && kind !== 'left');
}
