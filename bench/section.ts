import type { Style } from '../src/cli/io.ts';
import { type Column, renderTable } from '../src/cli/table.ts';

/** What a case came to: a table for people, the bare figures for programs. */
export interface Section {
  name: string;
  title: string;
  columns: readonly Column[];
  rows: readonly string[][];
  /** Aims and how they were met, and what a reader should know. */
  notes: readonly string[];
  figures: unknown;
}

export function printSection({ title, columns, rows, notes }: Section): string {
  const style: Style = { plain: false, accessible: false, width: 120, color: false };
  return `\n${title}\n\n${renderTable(columns, rows, style)}\n${notes.map((note) => `  ${note}\n`).join('')}`;
}

/** A ratio beside its aim. */
export function aimNote(what: string, value: number, aim: { atLeast: number } | { atMost: number }): string {
  const isMet = 'atLeast' in aim ? value >= aim.atLeast : value <= aim.atMost;
  const bound = 'atLeast' in aim ? `at least ${aim.atLeast}` : `at most ${aim.atMost}`;
  return `${what}: ${value.toFixed(3)} (aim: ${bound}; ${isMet ? 'met' : 'NOT met'})`;
}

export const count = (value: number): string => Math.round(value).toLocaleString('en-US');
export const seconds = (value: number): string => `${value.toFixed(2)} s`;
export const rate = (rows: number, taken: number): string => `${count(rows / taken)}/s`;
export const right = (title: string): Column => ({ title, align: 'right' });
