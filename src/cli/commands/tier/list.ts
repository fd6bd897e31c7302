import { z } from 'zod';
import { listPartners } from '../../../app/partners.ts';
import { readStandings, type Standing } from '../../../app/standings.ts';
import type { App } from '../../../app.ts';
import { dayOf } from '../../../program/civil-date.ts';
import type { Program } from '../../../program/load.ts';
import type { LadderDefinition, TierDefinition } from '../../../program/schema/ladder.ts';
import { countWaitingMoves } from '../../../tier/approval-items.ts';
import { defineCommand } from '../../command.ts';
import { formatCount, formatMany } from '../../format.ts';
import { requirementsText } from '../../requirement-text.ts';
import { text } from './tier.messages.ts';

const ladderSchema = z.strictObject({
  ladder: z.string(),
  label: z.string(),
  beside: z.boolean(),
  tiers: z.array(
    z.strictObject({
      tier: z.string(),
      label: z.string(),
      partners: z.int(),
      computed: z.int(),
      requirements: z.string(),
    }),
  ),
});

export const tierList = defineCommand({
  name: 'tier list',
  summary: text.list.summary,
  examples: ['tierlink tier list'],
  /** waiting: changes that wait for an approval. pending: those that were decided and do not hold yet. */
  result: z.strictObject({
    program: z.string(),
    waiting: z.int(),
    pending: z.int(),
    ladders: z.array(ladderSchema),
  }),
  run: async ({ app }) => {
    const opened = await app();
    const standings = await allStandings(opened);
    const { program } = opened;
    const ladders = program.ladders.map((ladder) => {
      const own = standings.flatMap((standing) => tiersOn(standing, ladder));
      return {
        ladder: ladder.key,
        label: ladder.label,
        beside: ladder.beside,
        // The highest first, as people think of them.
        tiers: ladder.tiers.toReversed().map((tier) => ({
          tier: tier.key,
          label: tier.label,
          partners: own.filter(({ tier: held }) => held === tier.key).length,
          computed: own.filter(({ computed }) => computed === tier.key).length,
          requirements: asksFor(program, tier),
        })),
      };
    });
    const pending = standings.filter(({ isPending }) => isPending).length;
    const waiting = await countWaitingMoves(opened.store, program);
    const next = ladders.flatMap(({ beside, tiers: [highest] }) =>
      highest === undefined || beside ? [] : [text.list.next(highest.label)],
    );
    return {
      result: { program: program.title, waiting, pending, ladders },
      next: waiting === 0 ? next : [text.list.nextApprovals, ...next],
    };
  },
  show: ({ ladders, waiting, pending }, screen) => {
    if (ladders.length === 0) screen.line(text.list.noLadders);
    for (const ladder of ladders) {
      screen.line(ladder.beside ? text.list.beside(ladder.label) : text.list.ladder(ladder.label));
      screen.line();
      screen.table(
        text.list.columns.map((title, index) => ({
          title,
          align: index === 1 || index === 2 ? 'right' : 'left',
          wrap: index === 3,
        })),
        ladder.tiers.map((tier) => [
          tier.label,
          formatCount(tier.partners),
          formatCount(tier.computed),
          tier.requirements,
        ]),
      );
    }
    if (pending > 0) screen.line(text.list.pending(formatMany(pending, 'change')));
    if (waiting > 0) screen.line(text.list.waiting(formatMany(waiting, 'change')));
  },
});

/** Keys of the tier in force and of the one that is earned, where the partner is on the ladder. */
function tiersOn(
  standing: Standing,
  ladder: LadderDefinition,
): { tier: string | null; computed: string | null }[] {
  if (ladder.beside)
    return standing.beside
      .filter((one) => one.ladder === ladder.key)
      .map(({ tierKey, computedKey }) => ({ tier: tierKey, computed: computedKey }));
  if (standing.ladder !== ladder.label) return [];
  const computed = ladder.tiers.find(({ label }) => label === standing.computedTier)?.key ?? null;
  return [{ tier: standing.tierKey, computed }];
}

function asksFor(
  program: Program,
  { requirements, keepRequirements, onBestTrack, onBestRegion }: TierDefinition,
): string {
  const reach = requirementsText(program, requirements);
  const asked =
    keepRequirements === undefined
      ? reach
      : text.list.keep(reach, requirementsText(program, keepRequirements));
  if (onBestRegion) return text.list.bestRegion(asked);
  return onBestTrack ? text.list.bestTrack(asked) : asked;
}

async function allStandings({ store, program, clock }: App): Promise<Standing[]> {
  const now = clock.now();
  const partners = (await listPartners(store)).map(({ id }) => id);
  const asOf = dayOf(now, program.timeZone);
  return [...(await readStandings(store, { program, partners, now, asOf })).values()];
}
