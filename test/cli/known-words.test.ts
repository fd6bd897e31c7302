import { afterAll, beforeAll, expect, it } from '@jest/globals';
import { openWorld, type World } from './world.ts';

let world: World;
beforeAll(async () => {
  world = await openWorld();
});
afterAll(() => world.close());

it.each([
  ['differences list --object Acount', 'USAGE', '--object: no mapping has Acount; did you mean "Account"?'],
  ['rejects list --object Acount', 'USAGE', '--object: no mapping has Acount; did you mean "Account"?'],
  ['differences resolve --all --take ours --attribute teir', 'USAGE', '--attribute: no mapping has teir'],
  ['rejects retry --code CRM_PICKLST', 'USAGE', 'is not an error code; did you mean "CRM_PICKLIST"?'],
  ['differences list --connection nope', 'CONNECTION_UNKNOWN', 'nope'],
  ['rejects retry --all --connection nope', 'CONNECTION_UNKNOWN', 'nope'],
  ['partners scorecard --type resellr', 'USAGE', '--type: "resellr" is not a partner type. Use one of: '],
  ['partners --type resellr', 'USAGE', '--type: "resellr" is not a partner type. Use one of: '],
  [
    'debt --owner Nobody',
    'USAGE',
    '--owner: no partner or deal belongs to "Nobody"; no CRM names the owners',
  ],
])('"%s" is a mistake, not an empty list', async (command, code, says) => {
  const ran = await world.tierlink(...command.split(' '));
  expect(ran).toMatchObject({ exit: 2, out: '' });
  expect(ran.err).toContain(`Error ${code}: `);
  expect(ran.err).toContain(says);
  expect(ran.err).toContain('Try:  ');
});

it('takes a label where it takes a key, as every screen shows it', async () => {
  const missing = async (command: string[]) => (await world.tierlink(...command)).err;
  const unknownPartner = 'Error PARTNER_UNKNOWN';
  expect(await missing(['kpi', 'show', 'Nobody', 'sourced REVENUE'])).toContain(unknownPartner);
  expect(await missing(['kpi', 'show', 'Nobody', 'Sourced turnover'])).toContain('Error KPI_UNKNOWN');
  const { program } = await world.json<{ program: unknown }>('partners', '--tier', 'gold');
  expect(await world.json('partners', '--tier', 'Gold')).toMatchObject({ program });
  for (const type of ['reseller', 'Reseller'])
    expect(await missing(['partners', '--type', type])).not.toContain('Error');
});
