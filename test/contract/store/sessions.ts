import { expect, it } from '@jest/globals';
import type { StoreSite } from './site.ts';

/** How the database treats whatever is asked. */
export function testsOfSessions(at: StoreSite): void {
  it('never compile a statement of which too much is expected', async () => {
    const steps = Array.from({ length: 6 }, (_, n) => `s${n + 1}(id) as (select a.id from s${n} a, s${n} b)`);
    const plan = await at.store.query<Record<string, string>>(
      `explain analyze with s0(id) as (select id from probe.item), ${steps.join(', ')} select count(*) from s6`,
    );
    const lines = plan.flatMap((row) => Object.values(row));
    // Without rows it is done at once, whatever is expected of it.
    expect(
      Math.max(...lines.map((line) => Number(/cost=[\d.]+\.\.([\d.]+)/.exec(line)?.[1] ?? 0))),
    ).toBeGreaterThan(1e7);
    expect(lines.filter((line) => line.startsWith('JIT'))).toEqual([]);
  });
}
