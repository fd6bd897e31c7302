import { describe, expect, it } from '@jest/globals';
import { createSimulatedOrg as createDynamics } from '../../../connectors/dynamics/simulator/simulated-org.ts';
import { createSimulatedOrg as createSalesforce } from '../../../connectors/salesforce/simulator/simulated-org.ts';
import { tellStory } from '../../../connectors/simulation/story/story.ts';

const now = Date.parse('2026-11-23T12:00:00Z');

describe('the story of the imaginary company', () => {
  it('is the same for the same day and seed, and another one for another seed', () => {
    expect(tellStory(now)).toEqual(tellStory(now));
    expect(tellStory(now).deals).not.toEqual(tellStory(now, { seed: 21 }).deals);
  });

  it('names rows by places that are there', () => {
    const story = tellStory(now);
    const isIn = (list: readonly unknown[], places: readonly (number | null)[]) =>
      places.every((place) => place === null || list[place] !== undefined);
    const { partners, customers, people, deals } = story;
    const rows = [...deals, ...story.credits, ...story.leads, ...story.cases, ...people];
    expect(
      isIn(
        partners,
        [...rows, ...story.certificates].map(({ partner }) => partner),
      ),
    ).toBe(true);
    expect(
      isIn(
        customers,
        [...deals, ...story.cases].map(({ customer }) => customer),
      ),
    ).toBe(true);
    expect(
      isIn(
        people,
        story.certificates.map(({ person }) => person),
      ),
    ).toBe(true);
    expect(
      isIn(
        deals,
        story.credits.map(({ deal }) => deal),
      ),
    ).toBe(true);
  });

  it('was made before its clock', () => {
    const { partners, customers, people, deals, leads, cases } = tellStory(now);
    const all = [...partners, ...customers, ...people, ...deals, ...leads, ...cases];
    expect(Math.max(...all.map(({ createdAt }) => createdAt))).toBeLessThanOrEqual(now - 3_600_000);
  });

  it('of the acquired company shares some partners and customers by number, and two by what they look like', () => {
    const [whole, acquired] = [tellStory(now), tellStory(now, { sample: 'acquired' })];
    const numbers = (rows: readonly { number: string | null }[]) =>
      rows.flatMap(({ number }) => number ?? []);
    const shared = (kind: 'partners' | 'customers') =>
      numbers(acquired[kind]).filter((number) => numbers(whole[kind]).includes(number)).length;
    expect([shared('partners'), shared('customers')]).toEqual([7, 4]);
    const all = [whole, acquired].flatMap(({ partners, customers }) => numbers([...partners, ...customers]));
    expect(new Set(all).size).toBe(all.length - 11);
    const sites = new Set(whole.partners.map(({ website }) => website));
    const names = acquired.partners
      .filter(({ number, website }) => !numbers(whole.partners).includes(number ?? '') && sites.has(website))
      .map(({ name }) => name);
    expect(names).toEqual(['Lindenhof Digital Süd GmbH']);
    // It is about to sell for the first time.
    const newcomer = acquired.partners.findIndex(({ name }) => name.startsWith('Wattle Grove'));
    expect(acquired.deals.filter(({ partner }) => partner === newcomer)).toHaveLength(1);
  });
});

describe('an org of the acquired company', () => {
  it('is another one than that of the company itself, with books in its own currency', () => {
    const sales = createSalesforce({ sample: 'acquired' }).org;
    expect(sales.id).not.toBe(createSalesforce().org.id);
    expect(sales.rowById('Organization', sales.id)).toMatchObject({ DefaultCurrencyIsoCode: 'EUR' });
    const dataverse = createDynamics({ sample: 'acquired' }).org;
    const [deal] = dataverse.dump('opportunity').filter(({ estimatedvalue }) => Number(estimatedvalue) > 0);
    const currency = dataverse.get('transactioncurrency', String(deal!.transactioncurrencyid));
    expect(currency).toMatchObject({ isocurrencycode: 'EUR', exchangerate: 1 });
  });
});
