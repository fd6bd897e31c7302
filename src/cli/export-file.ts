import type { ExportRow } from '../app/export.ts';
import type { ExportColumn } from '../app/export-columns.ts';
import { csvText } from './csv.ts';
import { withOffset } from './moment.ts';

export type ExportFormat = 'csv' | 'jsonl';

/** Rows of a table as the lines of a file; instants have the offset of the zone. */
export function exportText(
  rows: readonly ExportRow[],
  of: { columns: readonly ExportColumn[]; format: ExportFormat; zone: string },
): string {
  const { columns, format, zone } = of;
  if (format === 'csv')
    return csvText(rows.map((row) => columns.map(({ type }, index) => cell(type, row[index], zone))));
  return rows
    .map((row) => {
      const values = columns.map(({ name, type }, index) => [name, exactly(type, row[index], zone)]);
      return `${JSON.stringify(Object.fromEntries(values))}\n`;
    })
    .join('');
}

function cell(type: ExportColumn['type'], value: unknown, zone: string): string {
  if (value === null || value === undefined) return '';
  if (type === 'json' && typeof value === 'object') return JSON.stringify(value);
  if (Array.isArray(value)) return value.map(String).join('; ');
  return String(exactly(type, value, zone));
}

function exactly(type: ExportColumn['type'], value: unknown, zone: string): unknown {
  return type === 'instant' && typeof value === 'string' ? withOffset(value, zone) : (value ?? null);
}
