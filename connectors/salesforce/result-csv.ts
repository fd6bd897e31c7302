import { parse } from 'csv-parse/sync';

/**
 * The lines of a result page, header first. The platform quotes every cell, so a page can be split at the quotes
 * between cells, several times faster than any parser. When no quote is left in any part, the parts are the cells (the
 * page can be put together from them in one way only); any other page is left to the parser as a whole.
 */
export function parseResultPage(text: string): string[][] {
  return splitPage(text) ?? (parse(text) as string[][]);
}

function splitPage(text: string): string[][] | undefined {
  const body = text.endsWith('\n') ? text.slice(0, -1) : text;
  if (body.length < 2 || !body.startsWith('"') || !body.endsWith('"')) return undefined;
  const lines = body
    .slice(1, -1)
    .split('"\n"')
    .map((line) => line.split('","'));
  return lines.every((line) => line.every((cell) => !cell.includes('"'))) ? lines : undefined;
}
