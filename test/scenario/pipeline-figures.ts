import type { Pipeline } from './pipeline-files.ts';

/** Figures of one agent, computed from the rows and nothing else; null where there is none. */
export interface AgentFigures {
  sourcedRevenue: [bigint, bigint];
  winRate: [bigint, bigint] | null;
  averageDeal: [bigint, bigint] | null;
  salesCycle: [bigint, bigint] | null;
  openPipeline: [bigint, bigint];
  /** Open deals without a value. */
  openWithoutValue: number;
}

const dayMs = 86_400_000;

/** The figures as of a day; the last 12 months end on the day before it. */
export function figuresOf(pipeline: Pipeline, agent: string, asOf: string): AgentFigures {
  const from = `${Number(asOf.slice(0, 4)) - 1}${asOf.slice(4)}`;
  const own = pipeline.deals.filter((deal) => deal.sales_agent === agent);
  const recent = own.filter((deal) => deal.close_date >= from && deal.close_date < asOf);
  const won = recent.filter((deal) => deal.deal_stage === 'Won');
  const lost = recent.filter((deal) => deal.deal_stage === 'Lost');
  const open = own.filter((deal) => deal.deal_stage === 'Engaging' || deal.deal_stage === 'Prospecting');
  const sum = (rows: Pipeline['deals']) =>
    rows.reduce((total, deal) => total + BigInt(deal.close_value === '' ? '0' : deal.close_value), 0n);
  const closed = won.length + lost.length;
  return {
    sourcedRevenue: [sum(won), 1n],
    winRate: closed < 3 ? null : [BigInt(won.length * 100), BigInt(closed)],
    averageDeal: won.length === 0 ? null : [sum(won), BigInt(won.length)],
    salesCycle: median(
      won.map((deal) => (Date.parse(deal.close_date) - Date.parse(deal.engage_date)) / dayMs),
    ),
    openPipeline: [sum(open), 1n],
    openWithoutValue: open.filter((deal) => deal.close_value === '').length,
  };
}

function median(days: number[]): [bigint, bigint] | null {
  if (days.length === 0) return null;
  const sorted = days.toSorted((left, right) => left - right);
  const middle = [sorted[Math.floor((sorted.length - 1) / 2)]!, sorted[Math.floor(sorted.length / 2)]!];
  return [BigInt(middle[0]! + middle[1]!), 2n];
}
