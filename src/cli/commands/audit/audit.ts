import { z } from 'zod';
import {
  type AuditFilter,
  actionsIn,
  attributesNamed,
  auditPage,
  auditPages,
  countAudit,
} from '../../../app/audit-entries.ts';
import { findPartner } from '../../../app/partners.ts';
import type { App } from '../../../app.ts';
import { TierlinkError } from '../../../errors.ts';
import { sealAudit } from '../../../store/audit-chain.ts';
import { auditCsv, auditCsvHeader, auditJsonLines } from '../../audit-file.ts';
import { actionText, actorText, changesText, recordText } from '../../audit-words.ts';
import { defineCommand } from '../../command.ts';
import { csvMark } from '../../csv.ts';
import { integerFlag, switchFlag, textFlag } from '../../flags.ts';
import { formatCount, formatMany } from '../../format.ts';
import { refuseUnknown } from '../../known-words.ts';
import { momentOf } from '../../moment.ts';
import { type Write, writeWholeFile } from '../../out-file.ts';
import { text } from './audit.messages.ts';

const name = 'audit';
const defaultLimit = 50;

const value = z.unknown().describe('Exactly as it was kept; null for none.');
const entrySchema = z.strictObject({
  line: z.int().nullable().describe('Number of its line in the chain; null while it has none.'),
  at: z.string().describe('When it was done.'),
  actor: z.string().describe('Who did it: a person, tierlink, or crm for people in a CRM.'),
  action: z.string().describe('What was done, such as update or approve_tier.'),
  connection: z.string().nullable().describe('Name of the connection; null where it is about none.'),
  object: z
    .string()
    .nullable()
    .describe('API name of the object, or what else names the kind; null for none.'),
  crmId: z.string().nullable(),
  entity: z.string(),
  recordId: z.string(),
  name: z.string().nullable().describe('What people call the record; null where nothing names it.'),
  changes: z
    .array(
      z.strictObject({
        attribute: z.string(),
        label: z.string().describe('What the mapping calls it; else its name in words.'),
        before: value,
        after: value,
        beforeName: z
          .string()
          .nullable()
          .describe(
            'Name of the record that the value refers to, or label of the tier; null for other values.',
          ),
        afterName: z
          .string()
          .nullable()
          .describe(
            'Name of the record that the value refers to, or label of the tier; null for other values.',
          ),
      }),
    )
    .describe('The values that are not the same before and after.'),
  why: z
    .string()
    .nullable()
    .describe('The reason that a person gave, or the cause; null where none is kept.'),
  runId: z.string().nullable().describe('The run that did it; null where a person did it alone.'),
  decision: z
    .strictObject({ id: z.string(), summary: z.string().nullable().describe('The decision in a sentence.') })
    .nullable()
    .describe('The decision that it follows from.'),
  planId: z.string().nullable().describe('The plan that it was a part of.'),
});

const resultSchema = z.strictObject({
  total: z.int().describe('Entries that are meant.'),
  page: z.int().describe('Which page of them this is, from 1.'),
  entries: z
    .array(entrySchema)
    .describe('The entries of the page, the newest first; empty where a file was written.'),
  file: z.string().nullable().describe('The file that was written; null for none.'),
});

export const audit = defineCommand({
  name,
  summary: text.list.summary,
  description: text.list.description,
  flags: {
    since: textFlag('WHEN', text.list.since),
    until: textFlag('WHEN', text.list.until),
    partner: textFlag('PARTNER', text.list.partner),
    field: textFlag('FIELD', text.list.field),
    run: textFlag('RUN', text.list.run),
    plan: textFlag('PLAN', text.list.plan),
    action: textFlag('ACTION', text.list.action),
    who: textFlag('NAME', text.list.who),
    limit: integerFlag('N', text.list.limit, { min: 1, max: 1_000 }),
    page: integerFlag('N', text.list.page, { min: 1, max: 1_000_000 }),
    csv: textFlag('FILE', text.list.csv),
    jsonl: textFlag('FILE', text.list.jsonl),
    force: switchFlag(text.list.force),
  },
  examples: [
    'tierlink audit --since 30d',
    'tierlink audit --partner "Contoso Cloud" --field tier',
    'tierlink audit --since 2026-01-01 --until 2026-03-31 --csv audit.csv',
  ],
  result: resultSchema,
  run: async ({ app, flags, global, zone, screen }) => {
    const { csv, jsonl, force } = flags;
    if (csv !== undefined && jsonl !== undefined) throw usage(text.list.oneFile);
    const file = csv ?? jsonl;
    if (file === '-' && global.json) throw usage(text.list.oneOutput);
    const opened = await app();
    const filter = await filterOf(opened, { ...flags, connection: global.connection, zone: zone() });
    await sealAudit(opened.store);
    const total = await countAudit(opened.store, filter);
    if (file === undefined) {
      const limit = flags.limit ?? defaultLimit;
      const page = flags.page ?? 1;
      const entries = await auditPage(opened, filter, { offset: (page - 1) * limit, limit });
      const isLast = page * limit >= total;
      const next = isLast ? [] : [text.list.nextPage(page + 1), text.list.nextCsv];
      return { result: { total, page, entries, file: null }, next };
    }
    const fill = async (write: Write) => {
      if (csv !== undefined) await write(file === '-' ? auditCsvHeader : csvMark + auditCsvHeader);
      for await (const page of auditPages(opened, filter))
        await write(csv === undefined ? auditJsonLines(page) : auditCsv(page, zone()));
    };
    if (file === '-') await fill(async (piece) => screen.text(piece));
    else await writeWholeFile(file, { force, command: name }, fill);
    return { result: { total, page: 1, entries: [], file } };
  },
  show: ({ total, page, entries, file }, screen) => {
    if (file === '-') return;
    if (file !== null) screen.line(text.list.wrote(formatMany(total, 'entry', 'entries'), file));
    else if (entries.length === 0) screen.line(text.list.none);
    else {
      screen.table(
        text.list.columns.map((title, index) => ({ title, wrap: index === 4 || index === 5 })),
        entries.map((entry) => [
          screen.instant(entry.at),
          actorText(entry.actor),
          recordText(entry),
          actionText(entry.action),
          changesText(entry.changes),
          entry.why ?? entry.decision?.summary ?? '',
          entry.runId ?? '',
        ]),
      );
      screen.line();
      screen.line(text.list.shown(formatCount(entries.length), formatMany(total, 'entry', 'entries'), page));
    }
  },
});

interface Asked {
  connection: string | undefined;
  since: string | undefined;
  until: string | undefined;
  partner: string | undefined;
  field: string | undefined;
  run: string | undefined;
  plan: string | undefined;
  action: string | undefined;
  who: string | undefined;
  zone: string;
}

/** What was asked for, each word of it known. Throws USAGE, PARTNER_UNKNOWN and RUN_UNKNOWN. */
async function filterOf(app: App, asked: Asked): Promise<AuditFilter> {
  const { store } = app;
  const moment = (flag: string, typed: string | undefined, isEnd: boolean) =>
    typed === undefined
      ? undefined
      : momentOf(typed, { flag, command: name, zone: asked.zone, now: app.clock.now(), isEnd });
  if (asked.connection !== undefined) app.connection(asked.connection);
  if (asked.action !== undefined)
    refuseUnknown(asked.action, await actionsIn(store), { command: name, reason: text.list.badAction });
  if (asked.run !== undefined) await refuseUnknownRun(app, asked.run);
  return {
    connection: asked.connection,
    since: moment('--since', asked.since, false),
    until: moment('--until', asked.until, true),
    partnerId: asked.partner === undefined ? undefined : (await findPartner(store, asked.partner)).id,
    attributes: asked.field === undefined ? undefined : await knownAttributes(app, asked.field),
    runId: asked.run?.toLowerCase(),
    action: asked.action?.toLowerCase(),
    actor: asked.who,
    planId: asked.plan?.toLowerCase(),
  };
}

async function knownAttributes(app: App, field: string): Promise<string[]> {
  const found = await attributesNamed(app, field);
  if (found.length === 0) throw usage(text.list.badField(field));
  return found;
}

/** A run whose row was pruned may still be in the audit. */
async function refuseUnknownRun({ store }: App, run: string): Promise<void> {
  const known = await store.query(
    `select 1 from tierlink.run where id = $1 union all (select 1 from tierlink.audit where run_id = $1 limit 1)`,
    [run.toLowerCase()],
  );
  if (known.length === 0) throw new TierlinkError('RUN_UNKNOWN', { run });
}

function usage(reason: string): TierlinkError {
  return new TierlinkError('USAGE', { reason, command: name });
}
