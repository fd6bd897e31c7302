import { z } from 'zod';
import { programSchema } from './schema.ts';

/** The JSON Schema of a program file, for editors; programs/program.schema.json holds it. */
export function programJsonSchema(): Record<string, unknown> {
  const schema = z.toJSONSchema(programSchema, { io: 'input', unrepresentable: 'any' });
  return { ...schema, title: 'Tierlink program' };
}

/** Every key that can stand anywhere in a program file. */
export function knownKeys(): string[] {
  const keys = new Set<string>();
  collectKeys(programJsonSchema(), keys);
  return [...keys];
}

function collectKeys(node: unknown, into: Set<string>): void {
  if (typeof node !== 'object' || node === null) return;
  if ('properties' in node && typeof node.properties === 'object' && node.properties !== null) {
    for (const key of Object.keys(node.properties)) into.add(key);
  }
  for (const inner of Object.values(node)) collectKeys(inner, into);
}
