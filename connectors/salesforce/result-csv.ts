import { parse } from 'csv-parse/sync';

/**
 * The lines of a result page, header first, each made when it is asked for, so that a large page never stands in memory
 * as cells. The platform quotes every cell, so a line can be split at the quotes between cells, several times faster than
 * by any parser. When no quote is left in any part, the parts are the cells (the line can be put together from them in one
 * way only); from the first other line on, the rest of the page is left to the parser.
 */
export function* resultLines(text: string): Generator<string[], void> {
  let start = 0;
  while (start < text.length) {
    const end = endOfLine(text, start);
    const cells = splitLine(text, start, end);
    if (cells === undefined) {
      yield* parse(text.slice(start)) as string[][];
      return;
    }
    yield cells;
    start = end + '"\n'.length;
  }
}

/** Where the last quote of a line stands that ends as the platform ends lines. */
function endOfLine(text: string, start: number): number {
  const next = text.indexOf('"\n"', start + 1);
  if (next >= 0) return next;
  return text.endsWith('\n') ? text.length - 2 : text.length - 1;
}

function splitLine(text: string, start: number, end: number): string[] | undefined {
  if (end <= start || text[start] !== '"' || text[end] !== '"') return undefined;
  const cells = text.slice(start + 1, end).split('","');
  return cells.some((cell) => cell.includes('"')) ? undefined : cells;
}
