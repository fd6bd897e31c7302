import { randomUUID } from 'node:crypto';
import type { Schema } from './schema.ts';

const fractional = new Set(['double', 'currency', 'percent']);
/** No text of a record begins with it: nobody can know it. */
const mark = `number ${randomUUID()} `;
const marked = new RegExp(`"${mark}([^"]*)"`, 'g');
/** From here on JavaScript writes numbers with an exponent, which is a decimal already. */
const exponentFrom = 1e21;

/** A number that shows a decimal in JSON though no field of a record says so: sums of money, versions. */
export class Decimal extends Number {}

/** Texts, so that what looks like a number inside of one is left alone, and whole numbers that show a decimal. */
const textOrDecimal = /"(?:[^"\\]|\\.)*"|-?\d+\.0(?=[,}\]])/g;

/** What an answer says, numbers that show a decimal still knowing it: for answers that become part of another. */
export function readAnswer(text: string): unknown {
  const kept = text.replace(textOrDecimal, (part) => (part.startsWith('"') ? part : `{"${mark}":${part}}`));
  if (kept === text) return JSON.parse(text);
  return JSON.parse(kept, (_key, value) =>
    typeof value === 'object' && value !== null && mark in value ? new Decimal(value[mark]) : value,
  );
}

/**
 * An answer as JSON. Numbers of fractional fields always show a decimal (`100.0`), which clients of typed languages tell
 * from integers; JavaScript's own writer drops it.
 */
export function answerJson(answer: unknown, schema: Schema): string {
  const text = JSON.stringify(answer, function (this: unknown, key: string, value: unknown) {
    const isDecimal = value instanceof Decimal;
    const number = isDecimal ? Number(value) : value;
    const isBare = typeof number === 'number' && Number.isInteger(number) && Math.abs(number) < exponentFrom;
    return isBare && (isDecimal || isFractional(schema, this, key)) ? `${mark}${number}.0` : value;
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
