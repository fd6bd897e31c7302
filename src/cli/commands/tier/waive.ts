import { z } from 'zod';
import { findPartner, type PartnerRow } from '../../../app/partners.ts';
import { tierLabel } from '../../../app/standings.ts';
import type { App } from '../../../app.ts';
import { TierlinkError } from '../../../errors.ts';
import { dayOf } from '../../../program/civil-date.ts';
import {
  createWaiver,
  endWaiver,
  type KnownWaiver,
  listWaivers,
  waivedLabel,
  waiverNamed,
} from '../../../tier/waivers.ts';
import { type CommandCall, defineCommand } from '../../command.ts';
import { aboutSchema } from '../../fact-result.ts';
import { dayFlag, switchFlag, textFlag } from '../../flags.ts';
import { currentActor } from '../../who.ts';
import { text } from './tier.messages.ts';

const args = {
  partner: { help: text.override.partner, required: true },
  requirement: { help: text.waive.requirement, required: true },
} as const;
const flags = {
  tier: textFlag('TIER', text.waive.tier),
  reason: textFlag('TEXT', text.override.reason),
  until: dayFlag(text.override.until),
  from: dayFlag(text.override.from),
  author: textFlag('NAME', text.override.author),
  end: switchFlag(text.waive.end),
};
type Call = CommandCall<typeof flags, typeof args>;

export const tierWaive = defineCommand({
  name: 'tier waive',
  summary: text.waive.summary,
  description: text.waive.description,
  args,
  flags,
  examples: [
    'tierlink tier waive "Acme Partners" certifiedPeople --tier Gold --until 2027-03-31 --reason "Exam center closed"',
    'tierlink tier waive "Acme Partners" certifiedPeople --end --reason "They have passed"',
  ],
  result: z.strictObject({
    action: z.enum(['set', 'ended']),
    partner: aboutSchema,
    waiver: z.strictObject({
      id: z.string(),
      tier: z.string(),
      requirement: z.string(),
      label: z.string().describe('What is waived, as people call it.'),
      reason: z.string(),
      author: z.string(),
      fromOn: z.string(),
      untilOn: z.string(),
    }),
  }),
  run: async (call) => {
    const app = await call.app();
    const partner = await findPartner(app.store, call.args.partner, { isWhole: true });
    const made = call.flags.end ? await end(call, app, partner) : await set(call, app, partner);
    const { id, requirement, reason, author, fromOn, untilOn } = made;
    const label = waivedLabel(app.program, made);
    const tier = tierLabel(app.program, made.tier) ?? made.tier;
    const result = {
      action: call.flags.end ? ('ended' as const) : ('set' as const),
      partner: { id: partner.id, name: partner.name },
      waiver: { id, tier, requirement, label, reason, author, fromOn, untilOn },
    };
    return { result, next: [text.override.next, text.override.nextWhy(partner.name)] };
  },
  show: ({ action, partner, waiver }, screen) =>
    screen.line(
      action === 'set'
        ? text.waive.set(partner.name, waiver.label, waiver.tier, waiver.untilOn)
        : text.waive.ended(partner.name, waiver.label, waiver.tier),
    ),
});

async function set(call: Call, app: App, partner: PartnerRow): Promise<KnownWaiver> {
  const { flags: given } = call;
  const ask = (flag: string, label: string) => call.prompt.ask({ flag, label });
  return await createWaiver(app.store, {
    program: app.program,
    partnerId: partner.id,
    requirement: call.args.requirement,
    tier: given.tier ?? (await ask('--tier', text.waive.askTier)),
    reason: given.reason ?? (await ask('--reason', text.override.asks.reason)),
    until: given.until ?? (await ask('--until', text.override.asks.until)),
    from: given.from,
    author: given.author ?? currentActor(),
    now: app.clock.now(),
  });
}

async function end(call: Call, app: App, partner: PartnerRow): Promise<KnownWaiver> {
  const { store, program, clock } = app;
  const today = dayOf(clock.now(), program.timeZone);
  const { requirement } = call.args;
  const waivers = await listWaivers(store, { program, partners: [partner.id] });
  const inForce = waiverNamed(
    program,
    waivers.filter(({ endedOn, untilOn }) => endedOn === null && untilOn >= today),
    requirement,
  );
  if (inForce === undefined) {
    const { none: reason, noneRemedy } = text.waive;
    const data = { reason: reason(requirement), remedy: noneRemedy(partner.name), partner: partner.name };
    throw new TierlinkError('WAIVER_INVALID', data);
  }
  const reason =
    call.flags.reason ?? (await call.prompt.ask({ flag: '--reason', label: text.override.asks.reason }));
  const actor = call.flags.author ?? currentActor();
  await endWaiver(store, { program, id: inForce.id, reason, actor, now: clock.now() });
  return inForce;
}
