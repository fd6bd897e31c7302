import { despiteConflicts } from '../store/conflicts.ts';
import type { Executor, Store } from '../store/store.ts';
import { type ComputeScope, computeKpis } from './compute.ts';
import { setAsideMarks } from './dirty-partners.ts';
import { alike, type MeasuredAhead } from './recompute-page.ts';
import type { TurnNumbers } from './turn-numbers.ts';
import type { KpiValue } from './types.ts';
import type { Mode } from './work-list.ts';

/** Partners whose turn it is; their marks have been set aside. */
export interface Page {
  partners: readonly string[];
  /** Nothing where the figures are to be measured when it is their turn. */
  ahead?: MeasuredAhead | undefined;
}

interface Source {
  mode: Mode;
  numbers: TurnNumbers;
  /** The partners after one, at most as many as a page has. */
  partnersAfter: (last: string) => Promise<string[]>;
}

/** The pages of a run, in the order of their partners. */
export function pagesOf(store: Store, scope: ComputeScope, source: Source): AsyncIterable<Page> {
  return source.mode === 'all' ? pagesAhead(store, scope, source) : pagesInTurn(store, source);
}

async function* pagesInTurn(store: Store, { mode, numbers, partnersAfter }: Source): AsyncGenerator<Page> {
  let partners = await partnersAfter('');
  while (partners.length > 0) {
    if (mode !== 'due') await setAside(store, { partners, numbers });
    yield { partners };
    partners = await partnersAfter(partners.at(-1)!);
  }
}

/** How many pages are measured at the same time, beside the one whose turn it is. */
const pagesAtOnce = 2;

/**
 * Where everything is computed, records are added up some pages ahead, and put together to figures as soon as they are: the
 * database does its part of that while this process writes the page before, and this process does its own while the
 * database does. What changes after that has a mark that stays.
 */
async function* pagesAhead(
  store: Store,
  scope: ComputeScope,
  { numbers, partnersAfter }: Source,
): AsyncGenerator<Page> {
  const begun: { partners: string[]; since: number; measuring: Promise<KpiValue[] | undefined> }[] = [];
  let last: string | undefined = '';
  const beginSome = async () => {
    while (last !== undefined && begun.length < pagesAtOnce) {
      const partners = await partnersAfter(last);
      last = partners.at(-1);
      if (last === undefined) return;
      await setAside(store, { partners, numbers });
      // What stands in the way shows again when it is their turn.
      const measuring = measure(store, scope, partners).catch(() => undefined);
      begun.push({ partners, since: numbers.last, measuring });
    }
  };
  try {
    await beginSome();
    for (let page = begun.shift(); page !== undefined; page = begun.shift()) {
      const { partners, since, measuring } = page;
      const values = await measuring;
      await beginSome();
      yield { partners, ahead: values && { values, since } };
    }
  } finally {
    await Promise.all(begun.map(({ measuring }) => measuring));
  }
}

async function setAside(
  store: Store,
  marks: { partners: readonly string[]; numbers: TurnNumbers },
): Promise<void> {
  await despiteConflicts(() => setAsideMarks(store, marks));
}

async function measure(
  executor: Executor,
  scope: ComputeScope,
  partners: readonly string[],
): Promise<KpiValue[]> {
  const everybody = new Set(partners);
  const targets = new Map(Object.keys(scope.program.kpis).map((kpi) => [kpi, everybody]));
  const values: KpiValue[][] = [];
  for (const group of alike(scope.program, targets)) values.push(await computeKpis(executor, scope, group));
  return values.flat();
}
