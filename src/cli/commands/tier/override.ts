import { z } from 'zod';
import { findPartner, type PartnerRow } from '../../../app/partners.ts';
import { tierLabel } from '../../../app/standings.ts';
import type { App } from '../../../app.ts';
import { TierlinkError } from '../../../errors.ts';
import { dayOf } from '../../../program/civil-date.ts';
import { createOverride, endOverride, listOverrides } from '../../../tier/overrides.ts';
import { type CommandCall, defineCommand } from '../../command.ts';
import { dayFlag, switchFlag, textFlag } from '../../flags.ts';
import { currentActor } from '../../who.ts';
import { text } from './tier.messages.ts';

const args = { partner: { help: text.override.partner, required: true } } as const;
const flags = {
  tier: textFlag('TIER', text.override.tier),
  reason: textFlag('TEXT', text.override.reason),
  until: dayFlag(text.override.until),
  from: dayFlag(text.override.from),
  author: textFlag('NAME', text.override.author),
  end: switchFlag(text.override.end),
};
type Call = CommandCall<typeof flags, typeof args>;

const resultSchema = z.strictObject({
  action: z.enum(['set', 'ended']),
  partner: z.strictObject({ id: z.string(), name: z.string() }),
  override: z.strictObject({
    id: z.string(),
    tier: z.string(),
    reason: z.string(),
    author: z.string(),
    fromOn: z.string(),
    untilOn: z.string(),
  }),
});
type Result = z.infer<typeof resultSchema>;

export const tierOverride = defineCommand({
  name: 'tier override',
  summary: text.override.summary,
  description: text.override.description,
  args,
  flags,
  examples: [
    'tierlink tier override "Acme Partners" --tier Gold --until 2027-03-31 --reason "Moves its books to us"',
    'tierlink tier override "Acme Partners" --end --reason "Books are moved"',
  ],
  result: resultSchema,
  run: async (call) => {
    const app = await call.app();
    const partner = await findPartner(app.store, call.args.partner, { isWhole: true });
    const result = call.flags.end ? await end(call, app, partner) : await set(call, app, partner);
    return { result, next: [text.override.next, text.override.nextWhy(partner.name)] };
  },
  show: ({ action, partner, override }, screen) =>
    screen.line(
      action === 'set'
        ? text.override.set(partner.name, override.tier, override.fromOn, override.untilOn)
        : text.override.ended(partner.name, override.tier),
    ),
});

async function set(call: Call, app: App, partner: PartnerRow): Promise<Result> {
  const { flags: given } = call;
  const ask = (flag: string, label: string) => call.prompt.ask({ flag, label });
  const tier = given.tier ?? (await ask('--tier', text.override.asks.tier));
  const reason = given.reason ?? (await ask('--reason', text.override.asks.reason));
  const until = given.until ?? (await ask('--until', text.override.asks.until));
  const override = await createOverride(app.store, {
    program: app.program,
    partnerId: partner.id,
    tier,
    reason,
    until,
    author: given.author ?? currentActor(),
    now: app.clock.now(),
    ...(given.from === undefined ? {} : { from: given.from }),
  });
  return resultOf('set', partner, {
    ...override,
    tier: tierLabel(app.program, override.tier) ?? override.tier,
  });
}

async function end(call: Call, app: App, partner: PartnerRow): Promise<Result> {
  const { store, program, clock } = app;
  const today = dayOf(clock.now(), program.timeZone);
  const overrides = await listOverrides(store, { program, partnerId: partner.id });
  const inForce = overrides.find(({ endedOn, untilOn }) => endedOn === null && untilOn >= today);
  if (inForce === undefined) {
    const { none: reason, noneRemedy: remedy } = text.override;
    throw new TierlinkError('OVERRIDE_INVALID', {
      reason,
      remedy: remedy(partner.name),
      partner: partner.name,
    });
  }
  const reason =
    call.flags.reason ?? (await call.prompt.ask({ flag: '--reason', label: text.override.asks.reason }));
  await endOverride(store, {
    program,
    id: inForce.id,
    reason,
    actor: call.flags.author ?? currentActor(),
    now: clock.now(),
  });
  return resultOf('ended', partner, { ...inForce, tier: tierLabel(program, inForce.tier) ?? inForce.tier });
}

function resultOf(action: Result['action'], partner: PartnerRow, override: Result['override']): Result {
  const { id, tier, reason, author, fromOn, untilOn } = override;
  return {
    action,
    partner: { id: partner.id, name: partner.name },
    override: { id, tier, reason, author, fromOn, untilOn },
  };
}
