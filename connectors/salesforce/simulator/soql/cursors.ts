/** Query locators: what is left of an answer after its first page. */

import type { SimulatorContext } from '../context.ts';
import { createIdFactory } from '../ids.ts';
import { ApiError } from '../types.ts';
import type { QueryAnswer } from './query.ts';

const DEFAULT_PAGE = 2000;
const SMALLEST_PAGE = 200;
const LARGEST_PAGE = 2000;
const LIFE_MS = 2 * 24 * 60 * 60 * 1000;

/** Rows of a page, as asked for but within what the platform serves. */
export function pageSizeOf(asked: string | undefined): number {
  const size = Number(asked ?? DEFAULT_PAGE);
  return Math.min(LARGEST_PAGE, Math.max(SMALLEST_PAGE, Number.isNaN(size) ? DEFAULT_PAGE : size));
}

interface Cursor {
  answer: QueryAnswer;
  userId: string;
  bornAt: number;
}

export interface Cursors {
  /** Keeps an answer for later pages; the id goes into a locator as `{id}-{offset}`. */
  open(answer: QueryAnswer, userId: string): string;
  /** @throws ApiError INVALID_QUERY_LOCATOR when it is unknown, older than two days or another user's */
  find(locator: string, userId: string): { id: string; offset: number; answer: QueryAnswer };
}

/** @param now epoch milliseconds of the org's clock */
function createCursors(now: () => number): Cursors {
  const cursors = new Map<string, Cursor>();
  const nextId = createIdFactory();
  const isLive = (cursor: Cursor) => now() - cursor.bornAt < LIFE_MS;
  const prune = () => {
    for (const [id, cursor] of cursors) {
      if (isLive(cursor)) return;
      cursors.delete(id);
    }
  };
  return {
    open: (answer, userId) => {
      prune();
      const id = nextId('0r8');
      cursors.set(id, { answer, userId, bornAt: now() });
      return id;
    },
    find: (locator, userId) => {
      const [, id = '', digits = ''] = /^([a-zA-Z0-9]{15,18})-(\d{1,9})$/.exec(locator) ?? [];
      const cursor = cursors.get(id);
      const offset = Number(digits);
      if (!cursor || cursor.userId !== userId || !isLive(cursor) || offset >= cursor.answer.size)
        throw new ApiError(400, 'INVALID_QUERY_LOCATOR', 'invalid query locator');
      return { id, offset, answer: cursor.answer };
    },
  };
}

const shared = new WeakMap<SimulatorContext, Cursors>();

/** The cursors of a running simulator: a locator of one interface serves the other too. */
export function cursorsOf(context: SimulatorContext): Cursors {
  let cursors = shared.get(context);
  if (!cursors) {
    cursors = createCursors(() => context.org.now());
    shared.set(context, cursors);
  }
  return cursors;
}
