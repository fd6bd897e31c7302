import { describe, expect, it } from '@jest/globals';
import { playScene } from '../../../../connectors/salesforce/simulator/scenes.ts';
import { createSimulatedOrg } from '../../../../connectors/salesforce/simulator/simulated-org.ts';
import { START } from './fresh-org.ts';

describe('the quarter that people act out', () => {
  it('wins a deal that was worked on for weeks', () => {
    const { org } = createSimulatedOrg({ empty: false, now: START });
    const open = [...org.rows('Opportunity')].filter((row) => row.IsClosed !== true);
    expect(playScene(org, 'quarter')[0]).toContain('won');
    const won = open.filter((row) => org.find(String(row.Id))?.row.IsWon === true);
    expect(won).toHaveLength(1);
    const days = (Date.parse(String(won[0]?.CloseDate)) - Number(won[0]?.CreatedDate)) / 86_400_000;
    expect(days).toBeGreaterThan(14);
  });
});
