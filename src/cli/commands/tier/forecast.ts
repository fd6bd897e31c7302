import { InvalidArgumentError } from 'commander';
import { z } from 'zod';
import { findPartner } from '../../../app/partners.ts';
import { knownId } from '../../../model/record-id.ts';
import { movementLabel } from '../../../tier/explain/decision-words.ts';
import { onFile } from '../../../tier/explain/fact-evidence.ts';
import { hasTiers } from '../../../tier/ladder-of.ts';
import { grouped } from '../../../tier/load.ts';
import { forecastTiers } from '../../../tier/look/forecast.ts';
import type { ForecastEvent } from '../../../tier/look/forecast-events.ts';
import { defineCommand } from '../../command.ts';
import { recordChangeSchema } from '../../earned.ts';
import type { Flag } from '../../flags.ts';
import { formatMany } from '../../format.ts';
import { text } from './forecast.messages.ts';

const saidSchema = z.strictObject({
  needs: z.string().describe('What is asked for, in words.'),
  has: z.string().describe('What the partner has, in words.'),
  state: z.string().describe('met, not_met, pending or waived.'),
});
const eventSchema = z.strictObject({
  on: z.string().describe('Day of the evaluation that does it.'),
  partner: z.strictObject({ id: z.string(), name: z.string() }),
  ladder: z.string(),
  movement: z.string().describe('What the evaluation would decide.'),
  what: z.string().describe('The same in words.'),
  fromTier: z.string().nullable().describe('Label of the tier before; null for none.'),
  toTier: z.string().nullable().describe('Label of the tier after; null for none.'),
  status: z.string(),
  summary: z.string(),
  reason: z.string().describe('Why by the rules, in words: of a rise what is met, else what is missing.'),
  requirements: z
    .array(
      z.strictObject({
        tier: z.string().describe('Label of the tier that asks for it.'),
        id: z.string().describe('Id of the requirement inside its tier.'),
        label: z.string().describe('What is asked for.'),
        kpi: z.string().nullable().describe('Key of the KPI; null for a condition on the partner.'),
        thresholdKpi: z
          .string()
          .nullable()
          .describe('Key of the KPI that is the bound; null where that is a number.'),
        before: saidSchema.describe('Before that day.'),
        after: saidSchema.describe('From that day on.'),
        records: z.array(recordChangeSchema).describe('The first records that begin or end to count.'),
      }),
    )
    .describe('Requirements that are answered in another way from that day on, and make the decision.'),
  missing: z
    .array(
      z.strictObject({
        id: z.string().describe('Id of the requirement inside its tier.'),
        label: z.string().describe('What is asked for.'),
        kpi: z.string().nullable().describe('Key of the KPI; null for what is no figure.'),
        needs: z.string().describe('What is asked for, in words.'),
        has: z.string().describe('What the partner has then, in words.'),
        state: z.string().describe('not_met or pending.'),
        records: z
          .array(recordChangeSchema)
          .describe(
            'The first records that have ended to count since it is short of the tier, or that move the bound.',
          ),
      }),
    )
    .describe('What a warning or a loss rests on, where nothing is answered in another way on its day.'),
});
type Shown = z.infer<typeof eventSchema>;

/** "90d" or "90". */
const withinFlag: Flag<number | undefined> = {
  kind: 'text',
  value: 'DAYS',
  help: text.within,
  parse: (typed) => {
    const days = /^(\d{1,3})d?$/.exec(typed)?.[1];
    if (days === undefined || Number(days) < 1 || Number(days) > 366)
      throw new InvalidArgumentError(text.notDays);
    return Number(days);
  },
};

export const tierForecast = defineCommand({
  name: 'tier forecast',
  summary: text.summary,
  description: text.description,
  args: { partner: { help: text.partner, required: false } },
  flags: { within: withinFlag },
  examples: ['tierlink tier forecast', 'tierlink tier forecast "Acme Partners" --within 180d'],
  result: z.strictObject({
    hasTiers: z.boolean(),
    from: z.string().describe('First day of the forecast.'),
    to: z.string().describe('Last day of the forecast.'),
    days: z.int().describe('Days that were looked at: those on which something changes for somebody.'),
    partners: z.int(),
    events: z.array(eventSchema).describe('What would be decided, in the order of days.'),
  }),
  run: async ({ args, flags, app }) => {
    const { store, program, clock } = await app();
    const partner = args.partner === undefined ? undefined : await findPartner(store, args.partner);
    const forecast = await forecastTiers(store, {
      program,
      now: clock.now(),
      days: flags.within ?? 90,
      ...(partner === undefined ? {} : { partners: [partner.id] }),
    });
    const events = forecast.events.map(shownEvent);
    const [first] = events;
    return {
      result: { ...forecast, hasTiers: hasTiers(program), events },
      next: first === undefined ? [] : [text.next(first.partner.name)],
    };
  },
  show: ({ hasTiers: isTiered, from, to, partners, events }, screen) => {
    if (!isTiered || events.length === 0) {
      screen.line(isTiered ? text.nothing(formatMany(partners, 'partner'), to) : text.noTiers);
      return;
    }
    screen.line(text.head(from, to));
    screen.line();
    screen.table(
      text.columns.map((title, index) => ({ title, wrap: index === 5 })),
      events.map((event) => [
        event.on,
        event.partner.name,
        event.what,
        event.fromTier ?? '-',
        event.toTier ?? '-',
        whyOf(event),
      ]),
    );
    screen.line();
    screen.line(text.counts(countsText(events)));
  },
});

function shownEvent({ partnerId, name, day, flipped, ...event }: ForecastEvent): Shown {
  return {
    on: day,
    partner: { id: partnerId, name: name ?? partnerId },
    what: movementLabel(event.movement, event.status, event.toTier),
    ...event,
    requirements: flipped,
  };
}

function whyOf({ requirements, missing, reason }: Shown): string {
  if (requirements.length > 0) return requirements.map(whyText).join('; ');
  return missing.length === 0 ? reason : missing.map(missingText).join('; ');
}

function missingText({ label, has, needs, records }: Shown['missing'][number]): string {
  return withRecords(
    needs === onFile ? text.notOnFile(label, has) : text.missing(label, has, needs),
    records,
  );
}

function whyText({ label, before, after, records }: Shown['requirements'][number]): string {
  const isFact = before.needs === onFile && after.needs === onFile;
  return withRecords((isFact ? text.fact : text.flipped)(label, before, after), records);
}

function withRecords(said: string, records: Shown['requirements'][number]['records']): string {
  const alike = grouped(records, ({ change, why }) => why ?? text.changes[change]);
  const named = [...alike].map(([what, own]) => text.records(namesText(own), what));
  return named.length === 0 ? said : `${said}: ${named.join('; ')}`;
}

/** Those of one name, such as certificates of one code, are counted. */
function namesText(records: Shown['requirements'][number]['records']): string {
  const byName = grouped(records, ({ name, id, crmId }) => name ?? knownId({ id, crmId }));
  return [...byName].map(([name, own]) => text.times(name, own.length)).join(', ');
}

function isInDanger(status: string): boolean {
  return status === 'at_risk' || status === 'due_down';
}

/** A partner that goes down is not at risk of it any more. */
function countsText(events: readonly Shown[]): string {
  const partners = (wanted: (event: Shown) => boolean) =>
    formatMany(new Set(events.filter(wanted).map(({ partner }) => partner.id)).size, 'partner');
  return [
    text.lose(partners(({ movement }) => movement === 'demote')),
    text.risk(partners(({ movement, status }) => movement !== 'demote' && isInDanger(status))),
    text.gain(partners(({ movement }) => movement === 'promote')),
  ].join(', ');
}
