import { htmlText } from '../model/html-text.ts';
/** A page to hand over: what it consists of, and the two forms in which it is printed. */

export type Block =
  | { heading: string; level: 1 | 2 }
  | { text: string }
  | { items: readonly (string | { text: string; items: readonly string[] })[] }
  | { columns: readonly string[]; rows: readonly (readonly string[])[] };

export type PageFormat = 'markdown' | 'html';
export const pageFormats = ['markdown', 'html'] as const satisfies readonly PageFormat[];

export function printPage(blocks: readonly Block[], format: PageFormat): string {
  return format === 'html' ? htmlPage(blocks) : `${blocks.map(markdownOf).join('\n\n')}\n`;
}

function markdownOf(block: Block): string {
  if ('heading' in block) return `${'#'.repeat(block.level)} ${markdownText(block.heading)}`;
  if ('text' in block) return markdownText(block.text);
  if ('items' in block) return block.items.flatMap(markdownItem).join('\n');
  const row = (cells: readonly string[]) => `| ${cells.map(markdownCell).join(' | ')} |`;
  return [row(block.columns), row(block.columns.map(() => '---')), ...block.rows.map(row)].join('\n');
}

function markdownItem(item: string | { text: string; items: readonly string[] }): string[] {
  if (typeof item === 'string') return [`- ${markdownText(item)}`];
  return [`- ${markdownText(item.text)}`, ...item.items.map((one) => `  - ${markdownText(one)}`)];
}

/** Names of partners and records are text, whatever characters they have. */
function markdownText(text: string): string {
  return markdownCell(text).replace(/^([#>+-])/, '\\$1');
}

function markdownCell(text: string): string {
  return plain(text).replace(/([\\`*_[\]<>|])/g, '\\$1');
}

function htmlPage(blocks: readonly Block[]): string {
  const title = blocks.find((block) => 'heading' in block)?.heading ?? '';
  return htmlDocument({ title, style: '', body: blocks.map(htmlOf) });
}

/** A page of HTML that stands alone; `style` comes on top of that of every page, and `body` is HTML, a piece a line. */
export function htmlDocument(page: { title: string; style: string; body: readonly string[] }): string {
  return [
    '<!doctype html>',
    '<html lang="en">',
    `<head><meta charset="utf-8"><meta name="viewport" content="width=device-width"><title>${htmlText(page.title)}</title>`,
    `<style>${style}${page.style}</style></head>`,
    '<body>',
    ...page.body,
    '</body>',
    '</html>',
    '',
  ].join('\n');
}

const style =
  'body{font:16px/1.5 system-ui,sans-serif;max-width:60rem;margin:2rem auto;padding:0 1rem}' +
  'table{border-collapse:collapse;width:100%}th,td{border-bottom:1px solid #ccc;padding:.4rem;text-align:left;vertical-align:top}' +
  'a:focus-visible{outline:3px solid;outline-offset:2px}' +
  '@media(max-width:40rem){thead{position:absolute;left:-999rem}tr,td{display:block}tr{border-bottom:2px solid #666}' +
  'td{border:0;padding:.15rem 0;overflow-wrap:anywhere}td:empty{display:none}' +
  'td::before{content:attr(data-label) ": ";font-weight:bold}}';

/**
 * A table of HTML, of cells that are HTML already. On a narrow screen each row is a list, its cells named by their columns; a
 * browser would then take it for no table any more, and the roles say that it is.
 */
export function tableHtml(columns: readonly string[], rows: readonly (readonly string[])[]): string {
  const labels = columns.map(htmlText);
  const head = labels.map((label) => `<th scope="col" role="columnheader">${label}</th>`).join('');
  const cell = (html: string, index: number) => `<td role="cell" data-label="${labels[index]}">${html}</td>`;
  return [
    '<table role="table">',
    `<thead role="rowgroup"><tr role="row">${head}</tr></thead>`,
    '<tbody role="rowgroup">',
    ...rows.map((row) => `<tr role="row">${row.map(cell).join('')}</tr>`),
    '</tbody>',
    '</table>',
  ].join('\n');
}

function htmlOf(block: Block): string {
  if ('heading' in block) return `<h${block.level}>${htmlText(block.heading)}</h${block.level}>`;
  if ('text' in block) return `<p>${htmlText(block.text)}</p>`;
  if ('items' in block) return `<ul>${block.items.map(htmlItem).join('')}</ul>`;
  return tableHtml(
    block.columns,
    block.rows.map((row) => row.map(htmlText)),
  );
}

function htmlItem(item: string | { text: string; items: readonly string[] }): string {
  if (typeof item === 'string') return `<li>${htmlText(item)}</li>`;
  return `<li>${htmlText(item.text)}<ul>${item.items.map(htmlItem).join('')}</ul></li>`;
}

function plain(text: string): string {
  return text.replace(/\s+/g, ' ').trim();
}
