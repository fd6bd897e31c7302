import { describe, expect, it } from '@jest/globals';
import { benchClock } from '../../bench/clock.ts';
import { benchCrms, findCrm } from '../../bench/crm/all.ts';
import { connectTo, shippedMappings } from '../../bench/project.ts';
import { planMapping } from '../../src/sync/mapping/plan.ts';

const size = { partners: 20, customers: 40, deals: 90 };

describe('the business of the bench', () => {
  it.each(benchCrms.map((crm) => [crm.manifest.id, crm] as const))(
    'is the same on %s, and can be edited there',
    async (name, crm) => {
      const startedAt = Date.now();
      const clock = benchClock(startedAt);
      const org = await crm.startOrg({ size, now: clock.now, throttle: null });
      try {
        const connector = connectTo({ crm: name, options: org.options, startedAt }, clock);
        const wanted = ['partner', 'customer', 'deal', 'person', 'certification'];
        const plans = shippedMappings(name).filter((mapping) => wanted.includes(mapping.name));
        const requests = plans.map((mapping) => planMapping(mapping));
        const counts = await connector.count(requests);
        expect(Object.fromEntries(plans.map((mapping, index) => [mapping.name, counts[index]]))).toEqual({
          partner: 20,
          customer: 40,
          deal: 90,
          person: 20,
          certification: 20,
        });
        expect(org.takeCalls().total).toBeGreaterThan(0);
        expect(org.takeCalls().total).toBe(0);
        expect(org.edit()).toEqual({ accounts: 0, deals: 1 });
      } finally {
        await org.close();
      }
    },
  );

  it('says which CRMs there are when it is asked for another one', () => {
    expect(() => findCrm('siebel')).toThrow(
      '--crm: there is no CRM "siebel" in the bench; there are salesforce, dynamics',
    );
  });
});
