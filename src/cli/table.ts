import { stripVTControlCharacters } from 'node:util';
import Table from 'cli-table3';
import type { Style } from './io.ts';
import { textWidth, wrapLine } from './text-layout.ts';

export interface Column {
  title: string;
  align?: 'left' | 'right';
  /** Broken over several lines first when the table is too wide. */
  wrap?: boolean;
  /** Said once below the table when all rows have the same value, such as the day of figures. */
  once?: boolean;
  /** Left out when all rows have the same value, such as the connection where there is one. */
  differing?: boolean;
  /** In a list, on the line of the value before where both fit: short values that belong together. */
  beside?: boolean;
}

const gap = 3;
const indent = 2;
/** Below this a broken column is harder to read than a list. */
const narrowest = 14;
/** As far as texts are broken that had better stay whole, before the table is given up. */
const leastWhole = 12;
const noBorders = Object.fromEntries(
  ['top', 'bottom', 'left', 'right', 'mid'].flatMap((side) =>
    [side, `${side}-mid`, `${side}-left`, `${side}-right`, 'middle'].map((name) => [name, '']),
  ),
);

interface Grid {
  columns: readonly Column[];
  rows: readonly string[][];
}

/**
 * A table as text. Columns without any value are left out, and those of which only differences matter. Where it does not fit the width it becomes a list of
 * "label: value", so that no value is lost. With --plain nothing is left out: scripts count columns.
 */
export function renderTable(columns: readonly Column[], rows: readonly string[][], style: Style): string {
  if (style.plain) return [columns.map((column) => column.title), ...rows].map(plainLine).join('');
  const { grid, said } = saidOnce(withoutEmpty({ columns, rows }));
  const widths = style.accessible ? null : fitWidths(grid, style.width);
  const body = widths === null ? renderList(grid, style) : drawTable(grid, widths);
  return said === '' ? body : `${body}${wrapLine(`  ${said}`, style.width)}\n`;
}

/** Tabs and line breaks inside a value would be read as columns and rows. */
function plainLine(cells: readonly string[]): string {
  return `${cells.map((cell) => stripVTControlCharacters(cell).replace(/[\t\r\n]+/g, ' ')).join('\t')}\n`;
}

function withoutEmpty(grid: Grid): Grid {
  const [first] = grid.rows;
  return keepColumns(
    grid,
    ({ differing }, index) =>
      grid.rows.some((row) => (row[index] ?? '') !== '') &&
      (differing !== true || grid.rows.some((row) => row[index] !== first?.[index])),
  );
}

function saidOnce(grid: Grid): { grid: Grid; said: string } {
  const first = grid.rows[0] ?? [];
  const isOnce = ({ once }: Column, index: number) =>
    once === true && grid.rows.length > 1 && grid.rows.every((row) => row[index] === first[index]);
  const said = grid.columns.flatMap((column, index) =>
    isOnce(column, index) ? [`${column.title} ${first[index]}`] : [],
  );
  return { grid: keepColumns(grid, (column, index) => !isOnce(column, index)), said: said.join('   ') };
}

function keepColumns({ columns, rows }: Grid, isKept: (column: Column, index: number) => boolean): Grid {
  const kept = columns.map(isKept);
  return {
    columns: columns.filter((_column, index) => kept[index]),
    rows: rows.map((row) => row.filter((_cell, index) => kept[index])),
  };
}

function drawTable({ columns, rows }: Grid, widths: number[]): string {
  const table = new Table({
    head: columns.map((column) => column.title),
    chars: noBorders,
    style: { 'padding-left': 0, 'padding-right': gap, head: [], border: [] },
    colAligns: columns.map((column) => column.align ?? 'left'),
    colWidths: widths.map((width) => width + gap),
    wordWrap: true,
  });
  table.push(...rows.map((row) => [...row]));
  return table
    .toString()
    .split('\n')
    .map((line) => `${`${' '.repeat(indent)}${line}`.trimEnd()}\n`)
    .join('');
}

/** Widths of the columns within `width`; null when even broken columns do not fit. */
function fitWidths(grid: Grid, width: number): number[] | null {
  const { columns } = grid;
  const available = width - indent - gap * (columns.length - 1);
  const bodies = columns.map((_column, index) => widest(cellsOf(grid, index).map(textWidth)));
  const titles = columns.map(({ title }) => textWidth(title));
  const words = columns.map(({ title }, index) => ({
    title: widest(wordsOf(title)),
    body: widest(cellsOf(grid, index).flatMap(wordsOf)),
  }));
  const widths = columns.map((_column, index) => Math.max(1, titles[index]!, bodies[index]!));
  // Titles are broken first, then what is there to be broken, then other texts; never a number.
  const steps: ((column: Column, index: number) => number)[] = [
    (_column, index) => Math.max(bodies[index]!, words[index]!.title),
    (column, index) => (column.wrap === true ? Math.max(narrowest, least(index)) : widths[index]!),
    (column, index) => (column.align === 'right' ? widths[index]! : Math.max(leastWhole, least(index))),
  ];
  const least = (index: number) => Math.max(words[index]!.title, words[index]!.body);
  for (const floorOf of steps) {
    if (sum(widths) <= available) break;
    shrink(widths, { floors: columns.map(floorOf), available });
  }
  return sum(widths) <= available ? widths : null;
}

/** Takes from the widest column that can give, until the columns fit or none can. */
function shrink(widths: number[], { floors, available }: { floors: number[]; available: number }): void {
  while (sum(widths) > available) {
    const giving = widths.map((each, index) => (each > floors[index]! ? each : 0));
    const most = widest(giving);
    if (most === 0) return;
    widths[giving.indexOf(most)]! -= 1;
  }
}

function cellsOf({ rows }: Grid, index: number): string[] {
  return rows.map((row) => row[index] ?? '');
}

function wordsOf(text: string): number[] {
  return text.split(/\s+/).map(textWidth);
}

function widest(widths: readonly number[]): number {
  return widths.reduce((most, each) => Math.max(most, each), 0);
}

function sum(widths: readonly number[]): number {
  return widths.reduce((total, each) => total + each, 0);
}

/**
 * One value a line (short ones that belong together share it, but for who has the lines read out), broken between words so
 * that what follows stands below the value's beginning.
 */
function renderList({ columns, rows }: Grid, style: Style): string {
  const blocks = rows.map((row) => {
    const lines: string[] = [];
    columns.forEach((column, index) => {
      const value = row[index] ?? '';
      if (value === '') return;
      const labelled = `${column.title === '' ? '' : `${column.title}: `}${value}`;
      const joined = `${lines.at(-1)}${' '.repeat(gap)}${labelled}`;
      const isBeside = column.beside === true && !style.accessible && lines.length > 0;
      if (isBeside && textWidth(joined) <= style.width) lines[lines.length - 1] = joined;
      else lines.push(listLine(labelled, value, { isFirst: lines.length === 0, width: style.width }));
    });
    return lines.map((line) => `${line}\n`).join('');
  });
  return blocks.join('\n');
}

function listLine(
  labelled: string,
  value: string,
  { isFirst, width }: { isFirst: boolean; width: number },
): string {
  const line = `${' '.repeat(isFirst ? indent : 2 * indent)}${labelled}`;
  return wrapLine(line, width, textWidth(line) - textWidth(value));
}
