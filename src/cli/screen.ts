import { styleText } from 'node:util';
import type { OutStream, Style } from './io.ts';
import { type Column, renderTable } from './table.ts';

/** What a word says, for its colour. The word itself always says it too. */
export type Tone = 'good' | 'bad' | 'wait' | 'soft' | 'strong';

/** Prints a result for a person. */
export interface Screen {
  line(text?: string): void;
  /** Rows under column titles; a list where the width does not allow a table. */
  table(columns: readonly Column[], rows: readonly string[][]): void;
  /** Label and value, one pair per line, values aligned. */
  facts(pairs: readonly (readonly [label: string, value: string])[]): void;
  /** The text in the colour of its tone, where colours are on. */
  tone(tone: Tone, text: string): string;
  /** An instant (ISO 8601) in the zone of the output: 2026-09-30 12:02; a dash for null. */
  instant(iso: string | null | undefined): string;
}

const formats = { good: 'green', bad: 'red', wait: 'yellow', soft: 'gray', strong: 'bold' } as const;

export function createScreen(stream: OutStream, style: Style, zone: () => string): Screen {
  const tone = (kind: Tone, text: string) =>
    style.color ? styleText(formats[kind], text, { validateStream: false }) : text;
  return {
    tone,
    line: (text = '') => void stream.write(`${text}\n`),
    table: (columns, rows) => void stream.write(renderTable(columns, rows, style)),
    facts: (pairs) => void stream.write(renderFacts(pairs, style)),
    instant: (iso) => (iso ? formatInstant(iso, zone()) : '-'),
  };
}

/** A screen that prints nothing. */
export function createSilentScreen(): Screen {
  return {
    tone: (_kind, text) => text,
    line: () => {},
    table: () => {},
    facts: () => {},
    instant: (iso) => iso ?? '-',
  };
}

function renderFacts(pairs: readonly (readonly [string, string])[], style: Style): string {
  if (style.plain) return pairs.map(([label, value]) => `${label}\t${value.replace(/\s+/g, ' ')}\n`).join('');
  const widest = style.accessible ? 0 : Math.max(0, ...pairs.map(([label]) => label.length));
  return pairs
    .map(([label, value]) =>
      style.accessible ? `  ${label}: ${value}\n` : `  ${label.padEnd(widest)}   ${value}\n`,
    )
    .join('');
}

/** An instant as people of the zone write it, to the minute: 2026-09-30 12:02. */
export function formatInstant(iso: string, zone: string): string {
  const parts = new Intl.DateTimeFormat('sv-SE', {
    timeZone: zone,
    dateStyle: 'short',
    timeStyle: 'short',
  });
  return parts.format(new Date(iso));
}
