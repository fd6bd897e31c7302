import { z } from 'zod';
import { programSchema } from './schema/schema.ts';

let made: Record<string, unknown> | undefined;

/** The JSON Schema of a program file, for editors; programs/program.schema.json holds it. Made once, of which every refusal asks. */
export function programJsonSchema(): Record<string, unknown> {
  made ??= makeSchema();
  return made;
}

function makeSchema(): Record<string, unknown> {
  const schema = z.toJSONSchema(programSchema, { io: 'input', unrepresentable: 'any' });
  // Templates make KPIs too, before the schema reads a file; what they make may be all that it has.
  const required = (schema.required ?? []).filter((key) => key !== 'kpis');
  const makesSome = { required: ['forEach'], properties: { forEach: { minItems: 1 } } };
  const kpisUnlessMade = { if: makesSome, else: { required: ['kpis'] } };
  return { ...schema, required, ...kpisUnlessMade, title: 'Tierlink program' };
}
