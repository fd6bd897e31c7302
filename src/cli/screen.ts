import { styleText } from 'node:util';
import type { OutStream, Style } from './io.ts';
import { type Column, renderTable } from './table.ts';
import { harmless, textWidth, wrapLine } from './text-layout.ts';

/** What a word says, for its colour. The word itself always says it too. */
export type Tone = 'good' | 'bad' | 'wait' | 'soft' | 'strong';

/** Prints a result for a person; nothing of it can steer the terminal, whatever characters a value has. */
export interface Screen {
  /** One line; on a terminal broken between words where it is too long, what follows indented by `hang`. */
  line(text?: string, hang?: number): void;
  /** Text as it is, such as a page for a file; lines are not broken, and end as they do. */
  text(text: string): void;
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
  const print = (text: string) => void stream.write(text);
  return {
    tone,
    line: (text = '', hang) => print(`${wrapLine(harmless(text), style.width, hang)}\n`),
    text: (text) => print(text.replace(/[^\r\n]+|\r(?!\n)/g, harmless)),
    table: (columns, rows) =>
      print(
        renderTable(
          columns,
          rows.map((row) => row.map(harmless)),
          style,
        ),
      ),
    facts: (pairs) =>
      print(
        renderFacts(
          pairs.map(([label, value]) => [label, harmless(value)]),
          style,
        ),
      ),
    instant: (iso) => (iso ? formatInstant(iso, zone()) : '-'),
  };
}

/** A screen that prints nothing. */
export function createSilentScreen(): Screen {
  return {
    tone: (_kind, text) => text,
    line: () => {},
    text: () => {},
    table: () => {},
    facts: () => {},
    instant: (iso) => iso ?? '-',
  };
}

function renderFacts(pairs: readonly (readonly [string, string])[], style: Style): string {
  if (style.plain) return pairs.map(([label, value]) => `${label}\t${value.replace(/\s+/g, ' ')}\n`).join('');
  const widest = Math.max(0, ...pairs.map(([label]) => textWidth(label)));
  const before = (label: string) =>
    style.accessible ? `  ${label}: ` : `  ${label.padEnd(widest)}${' '.repeat(3)}`;
  return pairs
    .map(([label, value]) => `${wrapLine(`${before(label)}${value}`, style.width, before(label).length)}\n`)
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
