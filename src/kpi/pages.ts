import { despiteConflicts } from '../store/conflicts.ts';
import type { Executor, Store } from '../store/store.ts';
import { type ComputeScope, type MeasuredKpis, measureKpis } from './compute.ts';
import { setAsideMarks } from './dirty-partners.ts';
import { alike, type MeasuredAhead } from './recompute-page.ts';
import type { TurnNumbers } from './turn-numbers.ts';
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

/**
 * Where everything is computed, records are added up one page ahead: the database does that while this process puts the
 * figures of the page before together and writes them. What changes after that has a mark that stays.
 */
async function* pagesAhead(
  store: Store,
  scope: ComputeScope,
  { numbers, partnersAfter }: Source,
): AsyncGenerator<Page> {
  const begin = async (last: string) => {
    const partners = await partnersAfter(last);
    if (partners.length === 0) return undefined;
    await setAside(store, { partners, numbers });
    const since = numbers.last;
    // What stands in the way shows again when it is their turn.
    const measuring = measure(store, scope, partners).then(
      (measured): MeasuredAhead => ({ measured, since }),
      () => undefined,
    );
    return { partners, measuring };
  };
  let page = await begin('');
  try {
    while (page !== undefined) {
      const { partners, measuring } = page;
      const ahead = await measuring;
      page = await begin(partners.at(-1)!);
      yield { partners, ahead };
    }
  } finally {
    await page?.measuring;
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
): Promise<MeasuredKpis[]> {
  const everybody = new Set(partners);
  const targets = new Map(Object.keys(scope.program.kpis).map((kpi) => [kpi, everybody]));
  const measured: MeasuredKpis[] = [];
  for (const group of alike(scope.program, targets)) measured.push(await measureKpis(executor, scope, group));
  return measured;
}
