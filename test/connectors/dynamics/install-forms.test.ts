import { afterEach, beforeEach, expect, it } from '@jest/globals';
import { installParts } from '../../../connectors/dynamics/provision/parts.ts';
import { draftsOf } from '../../../connectors/dynamics/simulator/forms.ts';
import { fromPackageRoot } from '../../../src/package-root.ts';
import { loadMappings } from '../../../src/sync/mapping/mapping.ts';
import type { ObjectMapping } from '../../../src/sync/mapping/schema.ts';
import { type InstallWorld, openInstallWorld } from './install-world.ts';

const partner = loadMappings(fromPackageRoot('mappings', 'dynamics')).find(({ name }) => name === 'partner')!;
const attribute = (field: string, type: string, direction: string) => ({
  ...{ field, direction, required: false, onBlank: 'clear' },
  install: { type, label: `${field.slice(9)} & more` },
});
const attributes = {
  'extra.told': attribute('tierlink_told', 'text', 'out'),
  'extra.asked': attribute('tierlink_asked', 'date', 'in'),
  'extra.shown': attribute('tierlink_shown', 'number', 'out'),
};
const mapping = { ...partner, attributes, scope: {} } as unknown as ObjectMapping;
const request = (layouts: readonly string[] = [], mappings = [mapping]) => ({
  ...{ mappings, kpis: [], tiers: [], layouts },
});
const named = ["account-Partner's form"];
/** A form as people have arranged it. */
const arranged = (columns: readonly string[]) =>
  `<form shownavigationbar="false"><tabs><tab name="general" id="{5b2a4a5e-0f0c-4a3b-9a55-7c1f5f2d1a01}"><labels><label description="A &amp; B" languagecode="1033" /></labels><columns><column width="100%"><sections><section id="{5b2a4a5e-0f0c-4a3b-9a55-7c1f5f2d1a02}"><rows>${columns
    .map(
      (name, index) =>
        `<row><cell id="{5b2a4a5e-0f0c-4a3b-9a55-7c1f5f2d1b0${index}}"><control id="${name}" datafieldname="${name}" /></cell></row>`,
    )
    .join(
      '',
    )}</rows></section></sections></column></columns></tab></tabs><header id="{h}"><rows /></header></form>`;

let world: InstallWorld;
beforeEach(async () => {
  world = await openInstallWorld();
});
afterEach(() => world.standIn.close());

const putForm = (name: string, columns: readonly string[], type = 2) =>
  world.org.load('systemform', [{ name, objecttypecode: 'account', type, formxml: arranged(columns) }]);
const formsNamed = (name: string) => world.org.dump('systemform').filter((form) => form.name === name);
const xmlOf = (name: string) => formsNamed(name).map(({ formxml }) => String(formxml));
const stepOf = async (name: string, layouts: readonly string[] = []) =>
  (await world.look(installParts(request(layouts)))).find(
    ({ part }) => part.kind === 'layout' && part.name === name,
  );

it('gets a tab with what it lacks, and stays to the letter otherwise', async () => {
  putForm("Partner's form", ['name', 'telephone1']);
  putForm('Other', ['name']);
  const [before] = xmlOf("Partner's form");
  expect(await stepOf(named[0]!, named)).toMatchObject({
    action: 'extend',
    adds: ['tierlink_told', 'tierlink_asked', 'tierlink_shown'],
  });
  await world.install(request(named));
  const [after] = xmlOf("Partner's form");
  const [, ours = ''] = /(<tab name="tierlink_partner_program".*?<\/tab>)/.exec(after!) ?? [];
  expect(after!.replace(ours, '')).toBe(before);
  expect(ours).toMatch(/id="\{[0-9a-f-]{36}\}".*description="told &amp; more"/);
  expect(ours).toMatch(/classid="\{4273EDBD[^"]*" datafieldname="tierlink_told" disabled="true"/);
  expect(ours).toMatch(/classid="\{5B773807[^"]*" datafieldname="tierlink_asked" disabled="false"/);
  expect(xmlOf('Other')).toEqual([arranged(['name'])]);
  expect(await stepOf(named[0]!, named)).toMatchObject({ action: 'reuse' });
  expect(await stepOf('account main form', named)).toBeUndefined();
  const forms = world.org.dump('solutioncomponent').filter(({ componenttype }) => componenttype === 60);
  expect(forms.map(({ objectid }) => objectid)).toEqual(
    formsNamed("Partner's form").map(({ formid }) => formid),
  );
});

it('gets a column of a later mapping into the tab that is there, and keeps what was saved and not published', async () => {
  putForm("Partner's form", ['name']);
  const { 'extra.shown': _, ...fewer } = attributes;
  await world.install(request(named, [{ ...mapping, attributes: fewer } as never]));
  const [form] = formsNamed("Partner's form");
  const saved = String(form!.formxml).replace('description="A &amp; B"', 'description="C"');
  // As the form editor saves it, before Publish is pressed.
  draftsOf(world.org.state).set(String(form!.formid), saved);
  expect(xmlOf("Partner's form")).toEqual([form!.formxml]);
  await world.install(request(named));
  const [after] = xmlOf("Partner's form");
  expect(after!.split('tierlink_partner_program"')).toHaveLength(2);
  expect(after).toMatch(/description="C".*tierlink_told.*tierlink_asked.*tierlink_shown.*<\/tabs><header/);
});

it('is as if it had been made once when the process died before it was published', async () => {
  putForm("Partner's form", ['name']);
  await world.install(request());
  const step = (await stepOf(named[0]!, named))!;
  await world.installer.apply(step);
  expect(await stepOf(named[0]!, named)).toMatchObject({ action: 'extend' });
  await world.installer.apply(step);
  await world.installer.publish(['account']);
  expect(xmlOf("Partner's form")[0]!.match(/datafieldname="tierlink_told"/g)).toHaveLength(1);
  expect(await stepOf(named[0]!, named)).toMatchObject({ action: 'reuse' });
});

it('finds its section where people have moved and emptied it, and makes another where they have deleted it', async () => {
  putForm("Partner's form", ['name']);
  const { 'extra.shown': _, ...fewer } = attributes;
  const moved = (change: (xml: string) => string) => {
    const [form] = formsNamed("Partner's form");
    world.org.set('systemform', String(form!.formid), { formxml: change(String(form!.formxml)) });
  };
  const section = /<section name="tierlink_partner_program_section".*?<\/section>/;
  await world.install(request(named, [{ ...mapping, attributes: fewer } as never]));
  moved((xml) => xml.replace(/(tierlink_partner_program_section"[^>]*>.*?)<rows>.*?<\/rows>/, '$1<rows />'));
  await world.install(request(named));
  expect(section.exec(xmlOf("Partner's form")[0]!)?.[0]).toMatch(
    /<rows><row>.*tierlink_told.*tierlink_shown.*<\/rows>/,
  );
  moved((xml) => xml.replace(section, '<section id="{theirs}"><rows /></section>'));
  await world.install(request(named));
  const [after] = xmlOf("Partner's form");
  expect(after).toMatch(/<section id="\{theirs\}"><rows \/><\/section><section name="tierlink.*<\/sections>/);
  expect(after!.split('tierlink_partner_program"')).toHaveLength(2);
});

it('that comes with a table of ours is completed in the run that makes it', async () => {
  const decision = loadMappings(fromPackageRoot('mappings', 'dynamics')).find(
    (each) => each.name === 'decision',
  )!;
  const name = `${decision.object}-Information`;
  const needed = request([name], [decision]);
  const steps = await world.install(needed);
  expect(steps.at(-1)).toMatchObject({ action: 'extend', found: null, part: { name } });
  expect(xmlOf('Information')[0]).toMatch(/tierlink_partner_program.*tierlink_summary/);
  const after = (await world.look(installParts(needed))).find(({ part }) => part.name === name);
  expect(after).toMatchObject({ action: 'reuse' });
});

it('keeps what somebody saves between the look and the write', async () => {
  putForm("Partner's form", ['name']);
  await world.install(request());
  const step = (await stepOf(named[0]!, named))!;
  const { spend } = world.host;
  let calls = 0;
  world.host.spend = async (...call) => {
    calls += 1;
    // The third call reads the form again, right before it is written.
    if (calls === 3) {
      const [form] = formsNamed("Partner's form");
      const saved = String(form!.formxml).replace('description="A &amp; B"', 'description="C"');
      draftsOf(world.org.state).set(String(form!.formid), saved);
    }
    await spend(...call);
  };
  await world.installer.apply(step);
  await world.installer.publish(['account']);
  expect(xmlOf("Partner's form")[0]).toMatch(/description="C".*tierlink_told/);
  expect(calls).toBeGreaterThan(5);
});

it('is refused, and not tried for ever, where somebody saves it each time before it is written', async () => {
  putForm("Partner's form", ['name']);
  await world.install(request());
  const step = (await stepOf(named[0]!, named))!;
  const { spend } = world.host;
  let calls = 0;
  world.host.spend = async (...call) => {
    calls += 1;
    const [form] = formsNamed("Partner's form");
    const saved = String(form!.formxml).replace('description="A &amp; B"', `description="${calls}"`);
    draftsOf(world.org.state).set(String(form!.formid), saved);
    await spend(...call);
  };
  await expect(world.installer.apply(step)).rejects.toMatchObject({
    code: 'INSTALL_REFUSED',
    data: { reason: expect.stringMatching(/^somebody keeps saving it/) },
  });
});

it('is each main form of the name, and missing where none has it', async () => {
  putForm('Twice', ['name', 'tierlink_told'].slice(0, 1));
  putForm('Twice', ['name']);
  putForm('Quick', ['name'], 7);
  await world.install(request(['account-Twice']));
  for (const xml of xmlOf('Twice')) expect(xml).toContain('tierlink_shown');
  for (const name of ['account-Quick', 'acount-Twice', 'account'])
    expect(await stepOf(name, [name])).toMatchObject({ action: 'missing' });
});

it('is refused where nobody can say where a tab goes, and no other form of the name is changed', async () => {
  world.org.load('systemform', [
    { name: 'Bare', objecttypecode: 'account', type: 2, formxml: '<form><header /></form>' },
  ]);
  await world.install(request());
  putForm('Bare', ['name']);
  const step = (await stepOf('account-Bare', ['account-Bare']))!;
  await expect(world.installer.apply(step)).rejects.toMatchObject({ code: 'INSTALL_REFUSED' });
  await world.installer.publish(['account']);
  expect(xmlOf('Bare').sort()).toEqual(['<form><header /></form>', arranged(['name'])].sort());
});
