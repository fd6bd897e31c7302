import type { Fraction } from 'fraction.js';
import { z } from 'zod';
import { recordOwners } from '../../app/record-owners.ts';
import type { App } from '../../app.ts';
import { suggestion } from '../../model/closest.ts';
import { knownId } from '../../model/record-id.ts';
import { exact } from '../../program/exact.ts';
import { recordAddress } from '../../sync/records/record-address.ts';
import { quantityText } from '../../tier/explain/wording.ts';
import { type DebtRecord, debtOf } from '../../tier/method/debt.ts';
import { defineCommand } from '../command.ts';
import { csvText } from '../csv.ts';
import { choiceFlag, textFlag } from '../flags.ts';
import { formatCount, formatMany } from '../format.ts';
import { refuseUnknown } from '../known-words.ts';
import type { Screen } from '../screen.ts';
import { text } from './debt.messages.ts';

const shownRecords = 20;

const amount = z
  .string()
  .describe("In the program's currency, exactly: a decimal, or a rational such as 100/3.");
const owner = z
  .string()
  .nullable()
  .describe('Who keeps the record, as the CRM calls them; null where it does not say.');

const resultSchema = z.strictObject({
  asOf: z.string(),
  currency: z.string(),
  owners: z
    .array(
      z.strictObject({
        owner,
        records: z.int().describe('Records that do not count.'),
        amount,
        unknown: z.int().describe('How many of them have no amount that is known.'),
        withoutPartner: z.int().describe('Deals won in the last twelve months that name no partner.'),
        withoutPartnerAmount: amount,
      }),
    )
    .describe('By owner, those first to whose records most is lost.'),
  tiers: z
    .array(
      z.strictObject({
        partnerId: z.string(),
        partner: z.string().nullable(),
        today: z.string().nullable().describe('Label of the tier by the figures of today; null for none.'),
        couldBe: z.string().describe('Label of the tier, at most, if the records counted.'),
        owners: z.array(owner).describe('Owners of its records that do not count.'),
      }),
    )
    .describe('Partners that would hold a higher tier, at most, if the records counted.'),
  records: z
    .array(
      z.strictObject({
        entity: z.string(),
        id: z.string().nullable(),
        name: z.string().nullable(),
        connection: z.string().nullable(),
        object: z.string().nullable(),
        crmId: z.string().nullable(),
        url: z.string().nullable().describe('Address of the record in the CRM; null where none can be made.'),
        owner,
        partnerId: z
          .string()
          .nullable()
          .describe('The partner that it is of; where several share it, the first of them.'),
        partner: z.string().nullable().describe('Name of the partner, or of all that share it.'),
        kpis: z.array(z.string()).describe('KPIs that it is missing from.'),
        why: z.string(),
        amount: amount.nullable(),
      }),
    )
    .describe('The records that do not count, those worth most first.'),
  csv: z.string().nullable().describe('The records as CSV; null without --format.'),
});
type Result = z.infer<typeof resultSchema>;

export const debt = defineCommand({
  name: 'debt',
  summary: text.summary,
  description: text.description,
  flags: { owner: textFlag('NAME', text.owner), format: choiceFlag('format', text.format, ['csv']) },
  examples: ['tierlink debt', 'tierlink debt --format csv > debt.csv', 'tierlink debt --owner "Kim Lee"'],
  result: resultSchema,
  run: async ({ app, flags }) => {
    const opened = await app();
    const known = flags.owner === undefined ? [] : await recordOwners(opened.store);
    refuseUnknown(flags.owner, known, { command: 'debt', reason: (word) => badOwner(word, known) });
    const found = await debtOf(opened.store, { program: opened.program, now: opened.clock.now() });
    const isMeant = (name: string | null) =>
      flags.owner === undefined || name?.toLowerCase() === flags.owner.toLowerCase();
    const records = found.records
      .filter((record) => isMeant(record.owner))
      .map((record) => ({ ...record, url: urlOf(opened, record) }));
    const owners = found.owners.filter((one) => isMeant(one.owner));
    const tiers = found.tiers.filter((one) => one.owners.some(isMeant));
    const csv = flags.format === undefined ? null : recordsCsv(records, found.currency);
    const first = tiers[0]?.partner;
    const next = [
      ...(records.length === 0 ? [] : [text.nextCsv]),
      ...(first == null ? [] : [text.nextWhy(first)]),
    ];
    const { asOf, currency } = found;
    return { result: { asOf, currency, owners, tiers, records, csv }, next: csv === null ? next : [] };
  },
  show: (result, screen) => {
    if (result.csv !== null) screen.text(result.csv);
    else if (result.records.length === 0) screen.line(text.nobody);
    else showDebt(result, screen);
  },
});

/** Owners can be many; the nearest one says more than all of them. */
function badOwner(word: string, known: readonly string[]): string {
  if (known.length === 0) return text.badOwner(word, text.noOwners);
  const near = suggestion(word, known);
  return text.badOwner(word, near === '' ? text.listOwners : near);
}

function urlOf({ connections }: Pick<App, 'connections'>, record: DebtRecord): string | null {
  const { connection, object, crmId } = record;
  const known = connections.find(({ alias }) => alias === connection);
  return known === undefined || object === null || crmId === null
    ? null
    : recordAddress(known, { object, crmId });
}

function showDebt(result: Result, screen: Screen): void {
  const { owners, tiers, records, currency } = result;
  const counted = owners.reduce((sum, one) => sum + one.records, 0);
  const worth = owners.reduce((sum, one) => sum.add(exact(one.amount)), exact('0'));
  const deals = owners.reduce((sum, one) => sum + one.withoutPartner, 0);
  const dealsWorth = owners.reduce((sum, one) => sum.add(exact(one.withoutPartnerAmount)), exact('0'));
  const unknown = owners.reduce((sum, one) => sum + one.unknown, 0);
  const bounded = unknown === counted ? '' : text.worth(moneyOf(worth, currency));
  const open =
    unknown === 0 ? '' : text.unknownWorth(unknown === counted ? text.they(counted) : formatCount(unknown));
  screen.line(text.total(counted, formatMany(counted, 'record'), bounded + open));
  if (deals > 0) screen.line(text.ownSales(formatMany(deals, 'deal'), moneyOf(dealsWorth, currency)));
  screen.line();
  screen.table(
    text.columns.map((title, index) => ({ title, align: index === 0 ? 'left' : 'right' })),
    owners.map((one) => [
      one.owner ?? text.unknownOwner,
      formatCount(one.records),
      one.records === 0 ? '' : money(one.amount, currency),
      one.unknown === 0 ? '' : formatCount(one.unknown),
      one.withoutPartner === 0 ? '' : formatCount(one.withoutPartner),
      one.withoutPartner === 0 ? '' : money(one.withoutPartnerAmount, currency),
    ]),
  );
  screen.line();
  if (tiers.length > 0) {
    screen.line(text.tiers);
    screen.table(
      text.tierColumns.map((title) => ({ title })),
      tiers.map((one) => [
        one.partner ?? one.partnerId,
        one.today ?? text.noTier,
        one.couldBe,
        one.owners.map((name) => name ?? text.unknownOwner).join(', '),
      ]),
    );
    screen.line();
  }
  showRecords(records, { screen, currency });
}

function showRecords(
  records: Result['records'],
  { screen, currency }: { screen: Screen; currency: string },
): void {
  screen.line(text.records);
  screen.table(
    text.recordColumns.map((title, index) => ({
      title,
      wrap: index === 1 || index === 4,
      beside: index === 3 || index === 5,
    })),
    records
      .slice(0, shownRecords)
      .map((record) => [
        record.id === null ? (record.crmId ?? '') : knownId({ id: record.id, crmId: record.crmId }),
        record.name ?? '',
        record.partner ?? '',
        record.owner ?? text.unknownOwner,
        record.why,
        record.amount === null ? '' : money(record.amount, currency),
      ]),
  );
  if (records.length > shownRecords) screen.line(text.more(formatCount(records.length - shownRecords)));
}

function recordsCsv(records: Result['records'], currency: string): string {
  return csvText([
    text.csvColumns,
    ...records.map((record) => [
      record.owner ?? '',
      record.partner ?? '',
      record.entity,
      record.name ?? '',
      record.why,
      record.amount === null ? '' : moneyOf(exact(record.amount), '').replaceAll(',', ''),
      record.amount === null ? '' : currency,
      record.kpis.join(' '),
      record.connection ?? '',
      record.crmId ?? '',
      record.url ?? '',
    ]),
  ]);
}

function money(exactly: string, currency: string): string {
  return moneyOf(exact(exactly), currency);
}

function moneyOf(value: Fraction, currency: string): string {
  return quantityText(value, { unit: 'money', currency });
}
