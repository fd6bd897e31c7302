import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { chooseMappings } from '../../src/app/source.ts';
import { commands } from '../../src/cli/commands/index.ts';
import { TierlinkError } from '../../src/errors.ts';
import { loadMappings } from '../../src/sync/mapping/mapping.ts';
import { run } from './harness.ts';
import { newFolder, openWorld, type World } from './world.ts';

const mappings = loadMappings('mappings/salesforce');
const optional = ['Partner_Certification__c', 'OpportunityPartner'];

describe('the choice of mappings to install for', () => {
  it('drops optional ones whose object the org does not have', async () => {
    const chosen = await chooseMappings(mappings, async (objects) => {
      expect([...objects].sort()).toEqual(expect.arrayContaining([...optional].sort()));
      return objects.filter((object) => object !== 'Partner_Certification__c');
    });
    expect(chosen).toMatchObject({ leftOut: ['Partner_Certification__c'], error: null });
    expect(chosen.mappings).toHaveLength(mappings.length - 1);
  });

  it('drops them all when the org cannot be asked, and says why', async () => {
    const chosen = await chooseMappings(mappings, async () => {
      throw new TierlinkError('CRM_UNREACHABLE', { connection: 'north', reason: 'no answer' });
    });
    expect(chosen.leftOut).toEqual(expect.arrayContaining(optional));
    expect(chosen.error?.message).toContain('north');
  });
});

describe('tierlink install source', () => {
  let world: World;
  beforeAll(async () => {
    world = await openWorld();
  });
  afterAll(() => world.close());

  const permissionsIn = (folder: string) =>
    readFileSync(
      join(folder, 'force-app/main/default/permissionsets/Tierlink_Integration.permissionset-meta.xml'),
      'utf8',
    );

  it('asks the org which optional objects it has', async () => {
    const out = newFolder();
    const made = await world.json<{ leftOut: string[] }>('install', 'source', '--out', out);
    expect(made.leftOut).not.toContain('Partner_Certification__c');
    expect(permissionsIn(out)).toContain('<object>Partner_Certification__c</object>');
  });

  it('leaves them out of an org that cannot be asked, unless told to keep them', async () => {
    await world.simulator.close();
    const without = newFolder();
    const environment = { TIERLINK_PROJECT: world.folder };
    const ran = await run(['install', 'source', '--out', without], { commands, environment });
    expect(ran.exit).toBe(0);
    expect(ran.err).toContain('could not be asked');
    expect(permissionsIn(without)).not.toContain('Partner_Certification__c');
    const kept = newFolder();
    await run(['install', 'source', '--out', kept, '--with-optional'], { commands, environment });
    expect(permissionsIn(kept)).toContain('<object>Partner_Certification__c</object>');
  });
});
