/** A string or a number; strings are matched so that the digits inside them are left alone. */
const token = /"[^"\\]*(?:\\.[^"\\]*)*"|-?\d+(?:\.\d+)?(?:[eE][+-]?\d+)?/g;

/**
 * Reads JSON without rounding: numbers with a fraction, an exponent or more than 15 digits become the text that stands
 * there, all others are numbers. Money has up to 19 digits, of which a double holds 15.
 * @throws SyntaxError
 */
export function parseExact<T>(text: string): T {
  return JSON.parse(
    text.replace(token, (found) =>
      found.startsWith('"') || (found.length <= 15 && /^-?\d+$/.test(found)) ? found : `"${found}"`,
    ),
  ) as T;
}
