/** Numbers as people write them elsewhere, and how a program file writes the same. */

/**
 * What is said of a text that is no number as the schema wants it: the text itself, and the number that was meant. Nothing
 * where the pattern is not that of a number.
 */
export function numberWords(
  pattern: string | undefined,
  value: unknown,
  written: string = String(value),
): string {
  const wanted = pattern === undefined ? undefined : patternOf(pattern);
  if (wanted === undefined || !wanted.test('1') || wanted.test('a')) return '';
  const meant = typeof value === 'string' ? numberMeant(value) : undefined;
  const isFitting = meant !== undefined && meant !== value && wanted.test(meant);
  return `; here is ${written}${isFitting ? `; did you mean ${meant}?` : ''}`;
}

function patternOf(text: string): RegExp | undefined {
  const [, pattern, flags] = /^\/(.*)\/([a-z]*)$/s.exec(text) ?? [];
  return pattern === undefined ? undefined : new RegExp(pattern, flags);
}

/** The plain number, with its currency, that a text stands for; undefined where it may stand for several or for none. */
export function numberMeant(text: string): string | undefined {
  const plain = text.trim().replaceAll(/[\u00a0\u2009\u202f]/g, ' ');
  const share = /^(.+?) ?%$/.exec(plain)?.[1];
  if (share !== undefined) return amountMeant(share);
  const [, before, rest] = /^([A-Z]{3}) ?(.+)$/.exec(plain) ?? [];
  const [, amount, behind] = /^(.+?) ?([A-Z]{3})$/.exec(plain) ?? [];
  const number = amountMeant(rest ?? amount ?? plain);
  const currency = before ?? behind;
  return number === undefined || currency === undefined ? number : `${number} ${currency}`;
}

function amountMeant(text: string): string | undefined {
  if (/^-?\d+(\.\d+)?$/.test(text)) return text;
  if (/^-?\d{1,3}(,\d{3})+(\.\d+)?$/.test(text)) return text.replaceAll(',', '');
  if (/^-?\d{1,3}([ '_.])\d{3}(\1\d{3})*(,\d+)?$/.test(text))
    return text.replaceAll(/[ '_.]/g, '').replace(',', '.');
  if (/^-?\d+,\d+$/.test(text)) return text.replace(',', '.');
  if (/^\+\d+(\.\d+)?$/.test(text)) return text.slice(1);
  if (/^-?\.\d+$/.test(text)) return text.replace('.', '0.');
  const power = /^-?\d+(\.\d+)?e\+?\d{1,2}$/i.test(text) ? String(Number(text)) : '';
  return /^-?\d+$/.test(power) ? power : undefined;
}
