import { randomUUID } from 'node:crypto';
import type { Schema } from './schema.ts';

const fractional = new Set(['double', 'currency', 'percent']);
/** No text of a record begins with it: nobody can know it. */
const mark = `number ${randomUUID()} `;
const marked = new RegExp(`"${mark}([^"]*)"`, 'g');
/** From here on JavaScript writes numbers with an exponent, which is a decimal already. */
const exponentFrom = 1e21;

/**
 * An answer as JSON. Numbers of fractional fields always show a decimal (`100.0`), which clients of typed languages tell
 * from integers; JavaScript's own writer drops it.
 */
export function answerJson(answer: unknown, schema: Schema): string {
  const text = JSON.stringify(answer, function (this: unknown, key: string, value: unknown) {
    const isBare = typeof value === 'number' && Number.isInteger(value) && Math.abs(value) < exponentFrom;
    return isBare && isFractional(schema, this, key) ? `${mark}${value}.0` : value;
  });
  return text.includes(mark) ? text.replace(marked, '$1') : text;
}

/** Records say of which object they are. */
function isFractional(schema: Schema, holder: unknown, key: string): boolean {
  const { attributes } = holder as { attributes?: { type?: string } };
  const object = attributes?.type === undefined ? undefined : schema.object(attributes.type);
  const field = object === undefined ? undefined : schema.field(object, key);
  return field !== undefined && fractional.has(field.type);
}
