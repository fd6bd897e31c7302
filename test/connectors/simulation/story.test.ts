import { describe, expect, it } from '@jest/globals';
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
});
