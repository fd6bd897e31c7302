import type { Stamped, Story } from '../../../simulation/story/types.ts';
import type { Org } from '../org.ts';
import type { Row, Value } from '../types.ts';

/** What the parts of the sample share. */
export interface Sample {
  org: Org;
  story: Story;
  /** Creation stamps and the owner of a row. */
  created(row: Stamped): Row;
  /** Epoch milliseconds as rows keep them. */
  instant(epochMs: number): string;
}

/** Ids of the rows, in the order of the story. */
export interface SampleIds {
  partnerIds: string[];
  customerIds: string[];
  contactIds: string[];
  opportunityIds: string[];
}

/** The value of a choice of the sample environment by its label; null for no label. Throws for one that is not there. */
export function choice({ org }: Sample, column: `${string}.${string}`, label: string | null): Value {
  if (label === null) return null;
  const [table = '', name = ''] = column.split('.');
  const option = org
    .table(table)
    .columns.get(name)
    ?.options?.find((each) => each.label === label);
  if (option === undefined) throw new Error(`${column} has no choice ${label}`);
  return option.value;
}

/** The id at a place of the story; null for none. */
export const at = (ids: readonly string[], place: number | null): Value =>
  place === null ? null : (ids[place] ?? null);
