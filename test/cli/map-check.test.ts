import { readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { mapCheck } from '../../src/cli/commands/map/check.ts';
import { connectors } from '../../src/registry.ts';
import { shown } from './harness.ts';
import { openWorld, type World } from './world.ts';

interface Checked {
  live: boolean;
  files: string[];
  findings: { file: string; code: string; setUp: string | null }[];
  mappings: {
    name: string;
    object: string;
    entity: string;
    fields: {
      attribute: string;
      field: string;
      label: string | null;
      type: string | null;
      direction: string;
      transform: string;
      meaning: string;
      result: string;
      findings: { code: string; fix: string }[];
    }[];
  }[];
}

/** People know both CRMs' companies as accounts. */
const labelOf = (object: string) => object.replace('account', 'Account');

describe.each(connectors.map((manifest) => [manifest.id, manifest] as const))(
  'map check of %s',
  (crm, manifest) => {
    let world: World;
    let partnerFile: string;
    let sound: string;
    beforeAll(async () => {
      world = await openWorld(manifest);
      partnerFile = join(world.folder, 'mappings', crm, 'partner.yaml');
      sound = readFileSync(partnerFile, 'utf8');
    });
    afterAll(async () => {
      await world.close();
    });
    const check = async (...asked: string[]) => await world.json<Checked>('map', 'check', ...asked);

    it('says of each field of a mapping what the CRM calls it, what becomes of it, and that it is in order', async () => {
      const { mappings, files } = await check('PARTNER');
      expect(new Set(mappings.map(({ entity }) => entity))).toEqual(new Set(['partner']));
      expect(files).toHaveLength(mappings.length);
      const { fields } = mappings.find(({ name }) => name === 'partner')!;
      const named = (attribute: string) => fields.find((each) => each.attribute === attribute);
      expect(named('name')).toMatchObject({
        type: 'text',
        direction: 'in',
        transform: 'plain',
        result: 'ok',
      });
      expect(named('name')!.label).toMatch(/name/i);
      expect(named('tier')).toMatchObject({ direction: 'out', result: 'ok' });
      expect(named('types')!.meaning).toMatch(/reseller.*; others refused$/);
      expect(named('tierStatus')!.meaning).not.toContain('others');
      expect(named('parent')).toMatchObject({ type: 'reference', meaning: 'the partner that it points to' });
      expect(named('key')).toMatchObject({ direction: 'out', meaning: 'our id', result: 'ok' });
      expect(named('owner')).toMatchObject({ type: 'text', result: 'ok' });
    });

    it('names the field that is amiss in its own line, with the fix', async () => {
      writeFileSync(partnerFile, sound.replace(/( website: \{ field: )\w+/, '$1Webstie'));
      const { mappings, findings } = await check('partner');
      const website = mappings
        .find(({ name }) => name === 'partner')!
        .fields.find((each) => each.field === 'Webstie');
      expect(website).toMatchObject({
        label: null,
        type: null,
        result: 'warn',
        findings: [{ code: 'FIELD_MISSING', fix: expect.stringContaining('Correct the name') }],
      });
      const { out } = await world.tierlink('map', 'check', 'partner');
      expect(out).toMatch(/fix: Correct the name/);
      const [{ setUp } = { setUp: null }] = findings.filter(({ code }) => code === 'FIELD_MISSING');
      const object = mappings.find(({ name }) => name === 'partner')!.object;
      expect(setUp).toBe(manifest.setUpPath({ object: labelOf(object), field: 'Webstie' }));
      expect(out).toContain(`in the CRM: ${setUp}`);
      writeFileSync(partnerFile, sound);
    });

    it('shows a table where it is asked for an object, and only findings where it is not', async () => {
      const one = await world.tierlink('map', 'check', 'deal', '--plain');
      expect(one.out).toMatch(/^ATTRIBUTE\tCRM FIELD\tLABEL\tTYPE\tDIRECTION\tTRANSFORM\tRESULT$/m);
      expect(one.out).toMatch(/^amount\t.+\t.+\tmoney\tin\tamount[ ,].+\tok$/m);
      const all = await world.tierlink('map', 'check');
      expect(all.out).not.toContain('ATTRIBUTE');
    });

    it('takes several, and an unknown one for a mistake', async () => {
      const { files } = await check('case', 'person');
      expect(files.map((file) => file.replace(/.*\//, ''))).toEqual(['case.yaml', 'person.yaml']);
      const ran = await world.tierlink('map', 'check', 'partnr');
      expect(ran).toMatchObject({ exit: 2, out: '' });
      expect(ran.err).toContain('did you mean "partner"?');
      expect((await world.tierlink('map', 'check', 'weather')).err).toContain('use one of: ');
    });

    it('calls nothing in order that was not looked at', async () => {
      const { mappings } = await check('partner', '--offline');
      expect(new Set(mappings.flatMap(({ fields }) => fields.map(({ result }) => result)))).toEqual(
        new Set(['unchecked']),
      );
    });

    it('shows why a mapping cannot be read that is asked for by its object', async () => {
      writeFileSync(partnerFile, sound.replace('entity: partner', 'entity: partnr'));
      try {
        const { findings } = await check('partner');
        expect(findings.map(({ file }) => file)).toContain(partnerFile);
      } finally {
        writeFileSync(partnerFile, sound);
      }
    });

    it('looks at the files alone while there is no program yet', async () => {
      const program = join(world.folder, 'programs', 'starter.yaml');
      const text = readFileSync(program, 'utf8');
      writeFileSync(program, 'name: 1');
      try {
        expect(await check('--offline')).toMatchObject({ live: false, findings: [] });
      } finally {
        writeFileSync(program, text);
      }
    });

    it('names what is wrong in other files too, where it keeps the CRM from being asked', async () => {
      writeFileSync(partnerFile, sound.replace(' direction: in', ' direction: inn'));
      const { live, findings, mappings } = await check('deal');
      expect(live).toBe(false);
      expect(findings.map(({ file }) => file)).toContain(partnerFile);
      expect(new Set(mappings.map(({ entity }) => entity))).toEqual(new Set(['deal']));
      writeFileSync(partnerFile, sound);
    });
  },
);

it('fits narrow terminals as a list', () => {
  const field = {
    attribute: 'tier',
    field: 'Partner_Tier__c',
    otherwise: null,
    label: 'Partner Tier',
    type: 'choice',
    direction: 'out',
    transform: 'plain',
    meaning: 'as it is',
    result: 'ok',
    findings: [],
  };
  const mapping = { name: 'partner', file: 'p.yaml', object: 'Account', entity: 'partner', isShown: true };
  const result = {
    connection: 'prod',
    live: true,
    isOffline: false,
    asked: ['partner'],
    files: ['p.yaml'],
    findings: [],
    mappings: [{ ...mapping, fields: [field] }],
  };
  expect(shown(mapCheck, result, 60)).toContain(
    [
      '  ATTRIBUTE: tier   CRM FIELD: Partner_Tier__c',
      '    LABEL: Partner Tier',
      '    TYPE: choice   DIRECTION: out   TRANSFORM: as it is',
      '    RESULT: ok',
    ].join('\n'),
  );
  expect(shown(mapCheck, result, 120)).toMatch(
    /tier +Partner_Tier__c +Partner Tier +choice +out +as it is +ok/,
  );
});
