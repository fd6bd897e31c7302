import { describe, expect, it } from '@jest/globals';
import { installParts } from '../../../connectors/dynamics/provision/parts.ts';
import { roleId } from '../../../connectors/dynamics/provision/publisher.ts';
import { makeChoice } from '../../../connectors/dynamics/simulator/metadata-choices.ts';
import { makeColumn } from '../../../connectors/dynamics/simulator/metadata-make.ts';
import { TierlinkError } from '../../../src/errors.ts';
import { applyInstall } from '../../../src/install/apply.ts';
import { type InstallPlan, needsHash, plannedStep, withId } from '../../../src/install/file.ts';
import { silentLogger } from '../../../src/model/logger.ts';
import { fromPackageRoot } from '../../../src/package-root.ts';
import type { Store } from '../../../src/store/store.ts';
import { openBudget } from '../../../src/sync/budget.ts';
import type { InstallPart } from '../../../src/sync/installer.ts';
import { loadMappings } from '../../../src/sync/mapping/mapping.ts';
import { ensureConnection } from '../../../src/sync/records/connections.ts';
import { storeForEach } from '../../services/store-for-each.ts';
import { contentsOf, type InstallWorld, openInstallWorld } from './install-world.ts';

const mappings = loadMappings(fromPackageRoot('mappings', 'dynamics')).filter(
  ({ name }) => name === 'decision',
);
const request = { mappings, kpis: [], tiers: [] };
const parts = installParts(request);
const clock = { now: () => Date.parse('2026-03-02T10:00:00.000Z') };

let store: Store;
storeForEach(async (opened) => {
  store = opened;
  await ensureConnection(store.db, { id: 'north', crm: 'dynamics', now: clock.now() });
  await store.query(`update tierlink.connection set org_id = 'o', pinned_org_id = 'o', org_kind = 'test'`);
});

async function planOf({ look }: InstallWorld, needed = parts) {
  return withId({
    ...{ connection: 'north', crm: 'dynamics', orgId: 'o', orgName: 'North', withOptional: false },
    madeAt: '2026-03-02T09:00:00.000Z',
    needs: needsHash(needed),
    steps: (await look(needed)).map((step) => plannedStep(step, () => 1)),
    ...{ lacks: [], automations: [], automationsUnknown: null, begun: null },
  });
}

async function applyTo({ installer }: InstallWorld, needed: InstallPart[], plan: InstallPlan) {
  const budget = openBudget({ db: store.db, clock, connection: 'north', limits: { dailyCalls: 100_000 } });
  const engine = { store, clock, logger: silentLogger, holder: 'test', actor: 'admin' };
  return await applyInstall({
    ...{ engine, connection: 'north', budget, installer, parts: needed, plan },
    ...{ file: null, confirm: undefined },
  });
}

interface Entry {
  record_id: string;
  run_id: string;
  before: Record<string, unknown> | null;
  after: { values?: string };
}
const idOf = ({ kind, name }: { kind: string; name: string }) => `${kind} ${name}`;

it('a process that dies again and again, before or after a call, ends as one that does not', async () => {
  const [clean, world] = [await openInstallWorld(), await openInstallWorld()];
  try {
    await clean.install(request);
    const plan = await planOf(world);
    const looked = world.host.spent.length;
    const apply = () => applyTo(world, parts, plan);
    let deaths = 0;
    for (let more = 1; ; more = (more % 7) + 1) {
      // So many calls are left to this process, beside those by which it looks around.
      const last = world.host.spent.length + looked + more;
      const { spend } = world.host;
      world.host.spend = async (calls, kind) => {
        if (world.host.spent.length >= last) throw new TierlinkError('INTERRUPTED');
        await spend(calls, kind);
      };
      // Every other process dies of a call that was answered: the answer never comes.
      const stop = world.org.state.faults.add({
        kind: 'lost-answer',
        method: 'POST',
        path: 'EntityDefinitions',
        after: more,
        times: 1,
      });
      const { state } = await apply();
      stop();
      world.host.spend = spend;
      if (state === 'succeeded') break;
      expect(state).toBe('cancelled');
      deaths += 1;
    }
    expect(deaths).toBeGreaterThan(5);
    const tables = ['tierlink_decision'];
    expect(contentsOf(world.org, tables, roleId)).toEqual(contentsOf(clean.org, tables, roleId));
    const told = await store.query<Entry>(
      `select record_id, run_id, before, after from tierlink.audit where action = 'install' order by id`,
    );
    const made = plan.steps.filter(({ action }) => action === 'create');
    const entriesOf = (id: string) => told.filter(({ record_id }) => record_id === id);
    expect([...new Set(told.map(({ record_id }) => record_id))]).toEqual(made.map(idOf));
    // The run that made a part says so, be it a dead one; later ones tell what they added, and none tells it again.
    for (const step of made) {
      const entries = entriesOf(idOf(step));
      expect(entries.map(({ before }) => before === null)).toEqual(entries.map((_, index) => index === 0));
      expect(new Set(entries.map(({ run_id }) => run_id)).size).toBe(entries.length);
      const values = entries.flatMap(({ after: { values } }) => values?.split(', ') ?? []);
      expect(values.sort()).toEqual(step.adds.map(({ label }) => label).sort());
    }
  } finally {
    await clean.standIn.close();
    await world.standIn.close();
  }
});

describe('values that are added to a choice', () => {
  const map = { 1: 'EMEA', 2: 'AMER', 3: 'APAC', 4: 'LATAM' };
  const region = {
    field: 'acme_region',
    direction: 'both' as const,
    transform: { kind: 'values' as const, map },
    install: { type: 'picklist' as const, values: Object.values(map) },
  };
  const theirs = {
    ...loadMappings(fromPackageRoot('mappings', 'dynamics')).find(({ name }) => name === 'partner')!,
    ...{ key: undefined, scope: {}, attributes: { region } },
  } as unknown as (typeof mappings)[number];

  it.each(['its own', 'a shared one'])(
    'are gone on with after a death or a lost answer: %s',
    async (whose) => {
      const world = await openInstallWorld();
      try {
        const schema = world.org.schema;
        const label = (text: string) => ({ LocalizedLabels: [{ Label: text, LanguageCode: 1033 }] });
        const Options = [{ Value: 9, Label: label('Moon') }];
        const choice = makeChoice(schema, { Name: 'acme_regions', DisplayName: label('Regions'), Options });
        makeColumn(schema, schema.table('account')!, {
          '@odata.type': 'Microsoft.Dynamics.CRM.PicklistAttributeMetadata',
          ...{ SchemaName: 'acme_Region', DisplayName: label('Region') },
          ...(whose === 'its own'
            ? { OptionSet: { Options } }
            : { 'GlobalOptionSet@odata.bind': `/GlobalOptionSetDefinitions(${choice.metadataId})` }),
        });
        const needed = installParts({ ...request, mappings: [theirs] }).filter(
          ({ kind }) => kind !== 'layout',
        );
        const lose = (after: number) =>
          world.org.state.faults.add({
            ...{ kind: 'lost-answer', method: 'POST', path: 'InsertOptionValue', after, times: 1 },
          });
        const plan = await planOf(world, needed);
        const { spend } = world.host;
        let inserts = 0;
        world.host.spend = async (calls, kind) => {
          const { options } = world.org.table('account').columns.get('acme_region')!;
          if (options!.length === 3 && inserts++ === 0) throw new TierlinkError('INTERRUPTED');
          await spend(calls, kind);
        };
        const stop = lose(0);
        expect((await applyTo(world, needed, plan)).state).toBe('cancelled');
        stop();
        const ended = await applyTo(world, needed, plan);
        expect([ended.state, ended.value?.resumed]).toEqual(['succeeded', expect.any(String)]);
        const { options } = world.org.table('account').columns.get('acme_region')!;
        expect(options!.map(({ value, unpublished }) => [value, unpublished])).toEqual([
          ...[9, 1, 2, 3, 4].map((value) => [value, undefined]),
        ]);
        const told = await store.query<Entry>(
          `select record_id, run_id, before, after from tierlink.audit where record_id = 'field account.acme_region' order by id`,
        );
        expect(told.map(({ run_id, after }) => [run_id === ended.id, after.values])).toEqual([
          [false, 'EMEA, AMER'],
          [true, 'APAC, LATAM'],
        ]);
      } finally {
        await world.standIn.close();
      }
    },
  );
});
