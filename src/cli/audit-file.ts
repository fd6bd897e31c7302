import type { AuditLine } from '../app/audit-entries.ts';
import { recordType } from './audit-words.ts';
import { text } from './commands/audit/audit.messages.ts';
import { csvText } from './csv.ts';
import { formatValue } from './format.ts';
import { withOffset } from './moment.ts';

/** Entries of the audit as rows of a spreadsheet: one for each field that was changed. */
export function auditCsv(entries: readonly AuditLine[], zone: string): string {
  return csvText(entries.flatMap((entry) => rowsOf(entry, zone)));
}

export const auditCsvHeader = csvText([text.list.csvColumns]);

/** One entry per line, with exact values; instants in UTC. */
export function auditJsonLines(entries: readonly AuditLine[]): string {
  return entries.map((entry) => `${JSON.stringify(entry)}\n`).join('');
}

function rowsOf(entry: AuditLine, zone: string): string[][] {
  const before = [
    entry.line === null ? '' : String(entry.line),
    withOffset(entry.at, zone),
    entry.actor,
    entry.action,
    recordType(entry),
    entry.name ?? '',
  ];
  const after = [
    entry.why ?? '',
    entry.decision?.summary ?? '',
    entry.decision?.id ?? '',
    entry.runId ?? '',
    entry.planId ?? '',
    entry.connection ?? '',
    entry.object ?? '',
    entry.crmId ?? '',
    entry.recordId,
  ];
  const changes = entry.changes.map((change) => ({
    values: [change.label, cell(change.before, change.beforeName), cell(change.after, change.afterName)],
    attribute: change.attribute,
  }));
  const rows = changes.length === 0 ? [{ values: ['', '', ''], attribute: '' }] : changes;
  return rows.map(({ values, attribute }) => [...before, ...values, ...after, attribute]);
}

function cell(value: unknown, name: string | null): string {
  return value === null ? '' : (name ?? formatValue(value));
}
