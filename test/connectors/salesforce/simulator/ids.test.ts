import { describe, expect, it } from '@jest/globals';
import { createIdFactory, toId18 } from '../../../../connectors/salesforce/simulator/ids.ts';

describe('ids', () => {
  it.each([
    ['0015500001QdQWa', 'AAN'],
    ['0035500001H9cak', 'AAB'],
    ['0065500000KQ12X', 'AAT'],
    ['0057e00000RmwSW', 'AAZ'],
  ])('gives %s the check characters %s', (id15, check) => {
    expect(toId18(id15)).toBe(id15 + check);
    expect(toId18(id15 + check)).toBe(id15 + check);
  });

  it.each(['', 'abc', '0015500001QdQWaAAA', '0015500001QdQW!', '0015500001QdQWaAANx'])(
    'refuses %p',
    (text) => {
      expect(toId18(text)).toBeNull();
    },
  );

  it('hands out ascending, distinct ids per prefix', () => {
    const next = createIdFactory();
    const ids = Array.from({ length: 5000 }, () => next('001'));
    expect(new Set(ids).size).toBe(5000);
    expect([...ids].sort()).toEqual(ids);
    expect(ids.every((id) => id.length === 18 && id.startsWith('001') && toId18(id) === id)).toBe(true);
    expect(next('006').slice(3, 15)).toBe(ids[0]?.slice(3, 15));
  });
});
