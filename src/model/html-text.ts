const escapes: Readonly<Record<string, string>> = { '&': '&amp;', '<': '&lt;', '>': '&gt;', '"': '&quot;' };

/** A text in HTML, in an attribute as well. */
export function htmlText(text: string): string {
  return text.replace(/[&<>"]/g, (sign) => escapes[sign]!);
}
