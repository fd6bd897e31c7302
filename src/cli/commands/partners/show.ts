import { z } from 'zod';
import { partnerLinks } from '../../../app/partner-links.ts';
import { findPartner } from '../../../app/partners.ts';
import { noTier } from '../../../model/states.ts';
import { outsideError } from '../../../tier/load.ts';
import { defineCommand } from '../../command.ts';
import { refuseUnknownPlace } from '../../known-words.ts';
import type { Screen } from '../../screen.ts';
import { stateWord } from '../../state-words.ts';
import { text as map } from '../map/map.messages.ts';
import { text as all } from './partners.messages.ts';
import { partnerSchema, readPartners } from './partners.ts';

const text = all.show;

const linkSchema = z.strictObject({
  connection: z.string(),
  object: z.string(),
  crmId: z.string(),
  state: z.enum(['live', 'out_of_scope', 'deleted', 'merged', 'broken']),
  url: z.string().nullable(),
  seenAt: z.string().nullable(),
  linkedAt: z.string(),
  differences: z.array(z.string()),
});

const resultSchema = z.strictObject({ partner: partnerSchema, links: z.array(linkSchema) });
type Result = z.infer<typeof resultSchema>;

export const partnersShow = defineCommand({
  name: 'partners show',
  summary: text.summary,
  args: { partner: { help: text.partner, required: true } },
  examples: ['tierlink partners show "Acme Partners"', 'tierlink partners show 001Qy000004TzVfIAK --json'],
  result: resultSchema,
  run: async ({ args, global, app }) => {
    const opened = await app();
    const { connection } = global;
    await refuseUnknownPlace(opened, 'partners show', { connection });
    const row = await findPartner(opened.store, args.partner);
    const [partner] = await readPartners(opened, [row]);
    if (partner === undefined) throw await outsideError(opened.store, row.id);
    const links = (await partnerLinks(opened, row.id)).filter(
      (link) => connection === undefined || link.connection === connection,
    );
    const differs = links.some(({ differences }) => differences.length > 0);
    return {
      result: { partner, links },
      next: [
        ...(differs ? [text.nextDifferences] : []),
        isOnLadder(partner) ? text.nextWhy(partner.name) : all.nextKpis(partner.name),
      ],
    };
  },
  show: showPartner,
});

/** One that is on none is measured only, and has no tier to explain. */
function isOnLadder({ tier, status, against, beside }: Result['partner']): boolean {
  return (tier ?? status ?? against) !== null || beside.length > 0;
}

function showPartner({ partner, links }: Result, screen: Screen): void {
  const { labels } = text;
  const { tier, tierSince, status } = partner;
  screen.facts([
    [labels.partner, partner.name],
    [labels.id, partner.id],
    [labels.types, partner.types.join(', ') || '-'],
    [labels.place, [partner.region, partner.country].filter((part) => part !== null).join(', ') || '-'],
    [labels.tier, tier !== null && tierSince !== null ? text.since(tier, tierSince) : (tier ?? noTier)],
    ...(status === null ? [] : [[labels.status, stateWord(screen, 'decision', status)] as const]),
    ...(partner.summary === null ? [] : [[labels.summary, partner.summary] as const]),
  ]);
  screen.line();
  if (links.length === 0) {
    screen.line(text.noLinks);
    return;
  }
  screen.table(
    text.linkColumns.map((title, index) => ({ title, wrap: index === 4 })),
    links.map((link) => [
      link.connection,
      `${link.object} ${link.crmId}`,
      map.test.states[link.state] ?? link.state,
      screen.instant(link.seenAt),
      link.differences.join(', '),
      link.url ?? '-',
    ]),
  );
}
