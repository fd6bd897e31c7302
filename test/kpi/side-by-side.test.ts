import { describe, expect, it } from '@jest/globals';
import { sideBySide } from '../../src/kpi/side-by-side.ts';

function numbers(until: number): () => Promise<number | undefined> {
  let last = 0;
  return async () => {
    last += 1;
    return last > until ? undefined : last;
  };
}

describe('pages side by side', () => {
  it('are each worked off once, as many at once as wanted', async () => {
    const done: number[] = [];
    let [now, most] = [0, 0];
    const work = async (page: number) => {
      now += 1;
      most = Math.max(most, now);
      await new Promise((resolve) => setImmediate(resolve));
      now -= 1;
      done.push(page);
    };
    await sideBySide(2, { next: numbers(7), work });
    expect(done.sort()).toEqual([1, 2, 3, 4, 5, 6, 7]);
    expect(most).toBe(2);
  });

  it('end with those that are under way when one fails', async () => {
    const done: number[] = [];
    const work = async (page: number) => {
      if (page === 2) throw new Error('page 2');
      await new Promise((resolve) => setTimeout(resolve, 5));
      done.push(page);
    };
    await expect(sideBySide(2, { next: numbers(9), work })).rejects.toThrow('page 2');
    expect(done).toEqual([1]);
  });

  it('end when the next one cannot be told', async () => {
    const next = async () => {
      throw new Error('no next');
    };
    await expect(sideBySide(2, { next, work: async () => undefined })).rejects.toThrow('no next');
  });
});
