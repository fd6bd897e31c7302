import { describe, expect, it } from '@jest/globals';
import { storedInTurn } from '../../src/tier/stored-in-turn.ts';

/** Pages that are decided and stored when the test says so; `begun`: how many have begun. */
function pagesOf(count: number) {
  const pages = Array.from({ length: count }, (_one, index) => {
    const page = { decide: () => {}, store: () => {}, fail: (_error: Error) => {} };
    const stored = new Promise<number>((resolve, reject) => {
      page.store = () => resolve(index);
      page.fail = reject;
    });
    return Object.assign(page, { stored });
  });
  let begun = 0;
  const told: number[] = [];
  const run = async () => {
    const begin = async (onDecided: () => void) => {
      const page = pages[begun];
      if (page === undefined) return undefined;
      begun += 1;
      page.decide = onDecided;
      return { stored: page.stored };
    };
    for await (const page of storedInTurn(begin)) told.push(page);
  };
  return { pages, told, run, begun: () => begun };
}

/** Long enough for whatever does not wait for a page. */
const untilQuiet = async () => await new Promise((resolve) => setImmediate(resolve));

describe('pages that are stored in turn', () => {
  it('begin once the one before is decided, never more than two at a time', async () => {
    const { pages, told, run, begun } = pagesOf(3);
    const done = run();
    await untilQuiet();
    expect(begun()).toBe(1);
    pages[0]!.decide();
    await untilQuiet();
    expect(begun()).toBe(2);
    pages[1]!.decide();
    pages[1]!.store();
    await untilQuiet();
    expect([begun(), told]).toEqual([2, []]);
    pages[0]!.store();
    await untilQuiet();
    expect([begun(), told]).toEqual([3, [0, 1]]);
    pages[2]!.store();
    await done;
    expect(told).toEqual([0, 1, 2]);
  });

  it('wait for one that says nothing until it is stored', async () => {
    const { pages, told, run, begun } = pagesOf(2);
    const done = run();
    await untilQuiet();
    expect(begun()).toBe(1);
    for (const { store } of pages) store();
    await done;
    expect(told).toEqual([0, 1]);
  });

  it('end with the error of one that fails, after the other that is on its way', async () => {
    const { pages, told, run } = pagesOf(3);
    let isOver = false;
    const done = run().finally(() => {
      isOver = true;
    });
    done.catch(() => undefined);
    await untilQuiet();
    pages[0]!.decide();
    await untilQuiet();
    pages[0]!.fail(new Error('the server is gone'));
    await untilQuiet();
    expect(isOver).toBe(false);
    pages[1]!.store();
    await expect(done).rejects.toThrow('the server is gone');
    expect(told).toEqual([]);
  });
});
