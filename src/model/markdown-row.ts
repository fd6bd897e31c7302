/** A row of a table in a page of Markdown that is made from the code; | is never the end of a cell. */
export function markdownRow(cells: readonly string[]): string {
  return `| ${cells.map((cell) => markdownWords(cell.replaceAll('|', '\\|'))).join(' | ')} |`;
}

/** Markdown in whose plain text, outside of code, < and > are what a reader sees. */
export function markdownWords(markdown: string): string {
  const parts = markdown.split(/(`[^`]*`)/);
  return parts.map((part, index) => (index % 2 === 1 ? part : part.replace(/[<>]/g, '\\$&'))).join('');
}
