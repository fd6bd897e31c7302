import type { Aggregate } from '../../program/check/kpi.ts';

/** How rows are added up; that of `latest` is the largest of the one that counts. */
export type AddedUp = Exclude<Aggregate, 'latest'>;

interface Rows {
  /** What a row brings, or what tells it from others; not asked for where rows are counted. */
  value(): string;
  /** Whether a row counts. */
  isIn: string;
  /** How much each weighs in an average. (Default: all the same) */
  weight?: string | null;
}

/**
 * An aggregate over the rows that count; nothing adds up to 0, and has no smallest, largest, middle or average. Of an average it is the
 * sum, to be divided by `divisorSql`, of a median twice the middle, so that nothing is divided.
 */
export function aggregateSql(aggregate: AddedUp, { value, isIn, weight = null }: Rows): string {
  const included = `filter (where ${isIn})`;
  if (aggregate === 'count') return `count(*) ${included}`;
  const own = value();
  if (aggregate === 'distinct') return `count(distinct ${own}) ${included}`;
  if (aggregate === 'average') return `sum(${weight === null ? own : `${own} * ${weight}`}) ${included}`;
  if (aggregate === 'sum') return `coalesce(sum(${own}) ${included}, 0)`;
  if (aggregate !== 'median') return `${aggregate}(${own}) ${included}`;
  // The two middle values, which are one and the same where their number is odd.
  const middle = (order: string) => `percentile_disc(0.5) within group (order by ${own}${order}) ${included}`;
  return `${middle('')} + ${middle(' desc')}`;
}

/** What the sum of an average is divided by. */
export function divisorSql({ value, isIn, weight = null }: Rows): string {
  return `${weight === null ? `count(${value()})` : `sum(${weight})`} filter (where ${isIn})`;
}

/** What the number of an aggregate is divided by beside the denominator of its values. */
export function halves(aggregate: Aggregate): bigint {
  return aggregate === 'median' ? 2n : 1n;
}
