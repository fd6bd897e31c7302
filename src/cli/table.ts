import { stripVTControlCharacters } from 'node:util';
import Table from 'cli-table3';
import type { Style } from './io.ts';

export interface Column {
  title: string;
  align?: 'left' | 'right';
  /** May be broken over several lines when the table is too wide. */
  wrap?: boolean;
}

const gap = 3;
const indent = 2;
/** Below this a broken column is harder to read than a list. */
const narrowest = 18;
const noBorders = Object.fromEntries(
  ['top', 'bottom', 'left', 'right', 'mid'].flatMap((side) =>
    [side, `${side}-mid`, `${side}-left`, `${side}-right`, 'middle'].map((name) => [name, '']),
  ),
);

/** A table as text. Where it does not fit the width it becomes a list of "label: value", so that no value is lost. */
export function renderTable(columns: readonly Column[], rows: readonly string[][], style: Style): string {
  if (style.plain) return [columns.map((column) => column.title), ...rows].map(plainLine).join('');
  if (style.accessible) return renderList(columns, rows);
  const widths = fitWidths(columns, rows, style.width);
  return widths === null ? renderList(columns, rows) : drawTable(columns, rows, widths);
}

/** Tabs and line breaks inside a value would be read as columns and rows. */
function plainLine(cells: readonly string[]): string {
  return `${cells.map((cell) => stripVTControlCharacters(cell).replace(/[\t\r\n]+/g, ' ')).join('\t')}\n`;
}

function drawTable(columns: readonly Column[], rows: readonly string[][], widths: number[]): string {
  const table = new Table({
    head: columns.map((column) => column.title),
    chars: noBorders,
    style: { 'padding-left': 0, 'padding-right': 0, head: [], border: [] },
    colAligns: columns.map((column) => column.align ?? 'left'),
    colWidths: widths.map((width, index) => width + (index === widths.length - 1 ? 0 : gap)),
    wordWrap: true,
  });
  // A right-aligned cell would touch its neighbour: the gap stands on its right.
  const padded = (cells: readonly string[]) =>
    cells.map((cell, index) =>
      columns[index]?.align === 'right' && index < columns.length - 1
        ? cell
            .split('\n')
            .map((line) => line + ' '.repeat(gap))
            .join('\n')
        : cell,
    );
  table.options.head = padded(columns.map((column) => column.title));
  table.push(...rows.map(padded));
  return table
    .toString()
    .split('\n')
    .map((line) => `${' '.repeat(indent)}${line}`.trimEnd())
    .map((line) => `${line}\n`)
    .join('');
}

/** Widths of the columns within `width`; null when even broken columns do not fit. */
function fitWidths(columns: readonly Column[], rows: readonly string[][], width: number): number[] | null {
  const natural = columns.map((column, index) =>
    Math.max(1, textWidth(column.title), ...rows.map((row) => textWidth(row[index] ?? ''))),
  );
  const fixed = indent + gap * (columns.length - 1);
  let excess = fixed + natural.reduce((sum, each) => sum + each, 0) - width;
  if (excess <= 0) return natural;
  const fitted = [...natural];
  for (const index of columns.keys()) {
    if (columns[index]?.wrap !== true || excess <= 0) continue;
    const smaller = Math.max(narrowest, longestWord(rows, index), fitted[index]! - excess);
    excess -= Math.max(0, fitted[index]! - smaller);
    fitted[index] = Math.min(fitted[index]!, smaller);
  }
  return excess <= 0 ? fitted : null;
}

function longestWord(rows: readonly string[][], index: number): number {
  return Math.max(0, ...rows.flatMap((row) => (row[index] ?? '').split(/\s+/).map(textWidth)));
}

function textWidth(text: string): number {
  return Math.max(...text.split('\n').map((line) => [...stripVTControlCharacters(line)].length));
}

function renderList(columns: readonly Column[], rows: readonly string[][]): string {
  const blocks = rows.map((row) =>
    columns
      .map((column, index) => ({ label: column.title, value: row[index] ?? '' }))
      .filter(({ value }) => value !== '')
      .map(
        ({ label, value }, index) =>
          `${index === 0 ? '  ' : '    '}${label === '' ? '' : `${label}: `}${value}\n`,
      )
      .join(''),
  );
  return blocks.join('\n');
}
