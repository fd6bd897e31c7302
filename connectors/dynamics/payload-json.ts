const digits = Symbol('digits');

/** A number as text, to be sent digit by digit: money has up to 19 digits, of which a double holds 15. */
export interface ExactNumber {
  [digits]: string;
}

/** @param text a decimal number as JSON writes it */
export function exactNumber(text: string): ExactNumber {
  return { [digits]: text };
}

/**
 * JSON of a payload: exact numbers with all their digits, and characters beyond ASCII escaped, so that no part of a batch
 * is read in another encoding.
 */
export function payloadJson(value: unknown): string {
  if (Array.isArray(value)) return `[${value.map(payloadJson).join(',')}]`;
  if (typeof value !== 'object' || value === null) return asciiJson(value ?? null);
  if (digits in value) return String(value[digits]);
  const entries = Object.entries(value).filter(([, each]) => each !== undefined);
  return `{${entries.map(([name, each]) => `${asciiJson(name)}:${payloadJson(each)}`).join(',')}}`;
}

function asciiJson(value: unknown): string {
  return JSON.stringify(value).replace(
    /[\u007f-\uffff]/g,
    (unit) => `\\u${unit.charCodeAt(0).toString(16).padStart(4, '0')}`,
  );
}
