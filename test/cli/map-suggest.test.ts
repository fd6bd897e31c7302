import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { connectors } from '../../src/registry.ts';
import type { ConnectorManifest } from '../../src/sync/connector-manifest.ts';
import { openWorld, type World } from './world.ts';

interface Suggested {
  objects: {
    file: string;
    object: string;
    isNew: boolean;
    suggestions: {
      attribute: string;
      field: string;
      kind: string;
      score: number;
      reasons: string[];
      byHand: boolean;
      filledPercent: number | null;
    }[];
    open: { attribute: string; reason: string }[];
    paste: string[];
    diff: string[];
    written: boolean;
  }[];
}

/** What an org of another making calls the fields of the shipped mappings, and where its own description is asked for. */
const orgs: Readonly<
  Record<
    string,
    {
      asks: readonly string[];
      names: readonly (readonly [string, string])[];
      guesses: string[];
      object: string;
    }
  >
> = {
  salesforce: {
    object: 'Account',
    asks: ['services/data/v62.0/sobjects/Account/describe'],
    names: [
      ['Partner_Type__c', 'acme__Partner_Type__c'],
      ['Partner_Region__c', 'Sales_Region__c'],
      ['Partner_Start_Date__c', 'Partner_Since__c'],
    ],
    guesses: ['types acme__Partner_Type__c', 'region Sales_Region__c', 'startedOn Partner_Since__c'],
  },
  dynamics: {
    object: 'account',
    asks: [
      "api/data/v9.2/EntityDefinitions?$filter=LogicalName eq 'account'&$expand=Attributes,Keys,ManyToOneRelationships",
      "api/data/v9.2/EntityDefinitions(LogicalName='account')/Attributes/Microsoft.Dynamics.CRM.PicklistAttributeMetadata?$select=LogicalName&$expand=OptionSet($select=Options)",
    ],
    names: [
      ['nw_partnertype', 'acme_partnertype'],
      ['nw_PartnerType', 'acme_PartnerType'],
      ['nw_partnerregion', 'acme_salesregion'],
      ['nw_PartnerRegion', 'acme_SalesRegion'],
      ['nw_partnerstartdate', 'acme_partnersince'],
      ['nw_PartnerStartDate', 'acme_PartnerSince'],
    ],
    guesses: ['types acme_partnertype', 'region acme_salesregion', 'startedOn acme_partnersince'],
  },
};

/** A simulator's own description of itself with other names for the fields, as files of its --metadata. */
async function renamedMetadata(world: World, crm: string): Promise<string> {
  const { asks, names } = orgs[crm]!;
  const token = world.simulator.credentials.find(({ label }) => label === "Administrator's token")!.value;
  const folder = mkdtempSync(join(tmpdir(), 'tierlink-renamed-'));
  for (const [index, ask] of asks.entries()) {
    const answer = await fetch(`${world.simulator.url}/${ask}`, {
      headers: { Authorization: `Bearer ${token}` },
    });
    const text = await answer.text();
    expect(answer.status).toBe(200);
    const renamed = names.reduce((all, [from, to]) => all.replaceAll(from, to), text);
    writeFileSync(join(folder, `${index}.json`), renamed);
  }
  return folder;
}

describe.each(connectors.map((manifest) => [manifest.id, manifest] as const))(
  'map suggest on %s',
  (crm: string, manifest: ConnectorManifest) => {
    let usual: World;
    let renamed: World;
    let metadata: string;
    beforeAll(async () => {
      usual = await openWorld(manifest);
      metadata = await renamedMetadata(usual, crm);
      renamed = await openWorld(manifest, { metadata, empty: true });
    });
    afterAll(async () => {
      rmSync(metadata, { recursive: true });
      await Promise.all([usual.close(), renamed.close()]);
    });

    const suggest = async (world: World, ...argv: string[]) =>
      (await world.json<Suggested>('map', 'suggest', ...argv)).objects;
    const fileOf = (world: World) => join(world.folder, 'mappings', crm, 'partner.yaml');

    it('keeps what is mapped and there, and says what stays open', async () => {
      const [partner] = await suggest(usual, 'partner');
      expect(partner).toMatchObject({
        object: orgs[crm]!.object,
        isNew: false,
        paste: [],
        diff: [],
        written: false,
      });
      expect(new Set(partner!.suggestions.map(({ kind, score }) => `${kind} ${score}`))).toEqual(
        new Set(['kept 100']),
      );
      expect(partner!.open.map(({ attribute }) => attribute)).toContain('vat');
    });

    it('finds the fields of an org with other names, with the reason, and asks few calls for it', async () => {
      const before = renamed.simulator.calls().total;
      const [partner] = await suggest(renamed, 'partner');
      expect(renamed.simulator.calls().total - before).toBeLessThan(20);
      const guesses = partner!.suggestions.filter(({ kind }) => kind === 'guess');
      expect(guesses.map(({ attribute, field }) => `${attribute} ${field}`)).toEqual(orgs[crm]!.guesses);
      expect(guesses.every(({ score }) => score >= 70 && score < 100)).toBe(true);
      expect(guesses[1]!.reasons).toContain('choice');
      expect(new Set(partner!.suggestions.map(({ field }) => field)).size).toBe(partner!.suggestions.length);
      const shown = await renamed.tierlink('map', 'suggest', 'partner');
      expect(shown.out).toMatch(/region +<- \w+ +\d\d +label "Partner Region" is the attribute/);
      expect(shown.out).toContain('--write would change');
    });

    it('leaves a line alone that a person wrote, and writes the others with every other character as it was', async () => {
      const file = fileOf(renamed);
      const sound = readFileSync(file, 'utf8');
      const edited = sound.replace(orgs[crm]!.names.at(-2)![0], 'Chosen_By_Hand');
      writeFileSync(file, edited);
      const [partner] = await suggest(renamed, 'partner', '--write');
      expect(partner).toMatchObject({ written: true });
      const byHand = partner!.suggestions.filter((each) => each.byHand);
      expect(byHand.map(({ attribute }) => attribute)).toHaveLength(edited === sound ? 0 : 1);
      const after = readFileSync(file, 'utf8');
      const gone = edited.split('\n').filter((line) => !after.includes(line));
      expect(gone.filter((line) => line.trim().startsWith('#'))).toEqual([]);
      expect(gone.length).toBeLessThanOrEqual(7);
      writeFileSync(file, sound);
    });

    it('leaves nothing for map check to say about fields', async () => {
      await suggest(renamed, 'partner', '--write');
      const { findings } = await renamed.json<{ findings: { code: string; file: string; path: string }[] }>(
        'map',
        'check',
        'partner',
      );
      const about = orgs[crm]!.guesses.map((each) => each.split(' ')[0]!);
      const said = findings.filter(
        ({ path, code }) => about.includes(path.split('.')[1]!) && code !== 'VALUE_UNMAPPED',
      );
      expect(said).toEqual([]);
      expect((await suggest(renamed, 'partner'))[0]).toMatchObject({ diff: [], paste: [] });
    });

    it('makes a file for an object that has none', async () => {
      rmSync(fileOf(usual));
      const [partner] = await suggest(usual, 'partner', '--write');
      expect(partner).toMatchObject({ isNew: true, written: true, file: fileOf(usual) });
      const text = readFileSync(fileOf(usual), 'utf8');
      expect(text).toContain(`object: ${orgs[crm]!.object}\nentity: partner\nscope: `);
      const { findings } = await usual.json<{ findings: { level: string }[] }>('map', 'check', 'partner');
      expect(findings.filter(({ level }) => level === 'error')).toEqual([]);
    });

    it('refuses words that mean nothing, and metadata that was never kept', async () => {
      expect((await usual.tierlink('map', 'suggest', 'weather')).err).toContain('--entity deal');
      expect((await usual.tierlink('map', 'suggest', 'Weather', '--entity', 'deal')).err).toContain(
        'shows no object Weather',
      );
      expect((await renamed.tierlink('map', 'suggest', 'partner', '--offline')).err).toContain(
        'leave out --offline',
      );
    });
  },
);
