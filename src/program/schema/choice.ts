import { z } from 'zod';
import { nameSchema } from './text.ts';

/** The part of the program language that chooses among the records of a measure before anything is asked of those chosen. */

export const choiceSchema = z
  .strictObject({
    by: nameSchema.describe(
      'The attribute whose values are compared: a number, an amount or a date, such as amount. Amounts are compared in the currency of the program, those of deals by the share of the partner. A record that has no value for it is left out.',
    ),
    records: z.int().positive().describe('How many records are chosen.'),
    ties: z
      .enum(['first', 'all'])
      .default('first')
      .describe(
        'Where the last one chosen has the same value as others. first: never more than so many; the one whose id comes first. all: these as well.',
      ),
  })
  .meta({
    id: 'choice',
    description: 'The records of a partner with the largest, or the smallest, values of an attribute.',
  });

export type ChoiceDefinition = z.infer<typeof choiceSchema>;

interface Choosing {
  latest?: unknown;
  newestOfEach?: string | undefined;
  largest?: ChoiceDefinition | undefined;
  smallest?: ChoiceDefinition | undefined;
}

/** Which records are chosen by the size of a value; undefined where none are. */
export function choiceOf({
  largest,
  smallest,
}: Choosing): (ChoiceDefinition & { end: 'largest' | 'smallest' }) | undefined {
  if (largest !== undefined) return { ...largest, end: 'largest' };
  return smallest === undefined ? undefined : { ...smallest, end: 'smallest' };
}

/** Whether some records are chosen among others, so that something can be asked of those alone. */
export function isChosenAmong(measure: Choosing): boolean {
  return (measure.latest ?? measure.newestOfEach ?? choiceOf(measure)) !== undefined;
}
