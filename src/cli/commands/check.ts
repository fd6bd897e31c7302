import { z } from 'zod';
import { checkAppConnection } from '../../app/check.ts';
import { defineCommand } from '../command.ts';
import { formatCount } from '../format.ts';
import type { Screen } from '../screen.ts';
import { text } from './check.messages.ts';

export const connectionReportSchema = z.strictObject({
  alias: z.string(),
  crm: z.string(),
  label: z.string(),
  org: z.strictObject({
    id: z.string(),
    name: z.string(),
    kind: z.enum(['production', 'test', 'simulator']),
    kindLabel: z.string(),
  }),
  user: z.string(),
  apiVersion: z.string(),
  calls: z.strictObject({
    used: z.number().nullable(),
    max: z.number().nullable(),
    resetsAt: z.string().nullable(),
  }),
  needed: z.array(z.string()),
  readable: z.array(z.string()),
  partlyVisible: z.array(z.string()),
  visibilityUnknown: z.array(z.string()),
  clockSkewMs: z.number().nullable(),
  state: z.string(),
  writeBack: z.boolean(),
  tierMode: z.string(),
});
export type Report = z.infer<typeof connectionReportSchema>;

export const check = defineCommand({
  name: 'check',
  summary: text.summary,
  examples: ['tierlink check', 'tierlink check --connection prod --json'],
  result: connectionReportSchema,
  run: async ({ app, global }) => {
    const opened = await app();
    const connection = opened.connection(global.connection);
    const result = await checkAppConnection(opened, connection);
    return { result, next: [...text.next(connection.alias)] };
  },
  show: showReport,
});

export function showReport(report: Report, screen: Screen): void {
  const { labels } = text;
  screen.facts([
    [labels.connection, `${report.alias}   ${report.label}, ${kindWord(report, screen)}`],
    [labels.org, `${report.org.name}   ${report.org.id}`],
    [labels.user, report.user],
    [labels.calls, callsText(report)],
    [labels.clock, clockText(report.clockSkewMs)],
    [labels.writeBack, report.writeBack ? text.on : text.off],
    [labels.tiers, report.tierMode],
    [labels.access, text.access(report.readable.length, report.needed.length)],
  ]);
  const missing = report.needed.filter((object) => !report.readable.includes(object));
  for (const object of missing) screen.line(`  ${screen.tone('bad', text.cannotRead(object))}`);
  for (const object of report.partlyVisible) screen.line(`  ${screen.tone('wait', text.partly(object))}`);
  for (const object of report.visibilityUnknown) screen.line(`  ${text.unknown(object)}`);
}

function kindWord({ org }: Report, screen: Screen): string {
  const words = `${text.kinds[org.kind]}${org.kind === 'simulator' ? '' : ` (${org.kindLabel})`}`;
  return org.kind === 'production' ? screen.tone('strong', words) : words;
}

function callsText({ calls }: Report): string {
  if (calls.used === null || calls.max === null) return text.callsUnknown;
  return text.calls(formatCount(calls.max - calls.used), formatCount(calls.max));
}

function clockText(skewMs: number | null): string {
  return skewMs === null ? text.clockUnknown : text.clock((skewMs / 1000).toFixed(1));
}
