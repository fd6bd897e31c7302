import { readFileSync } from 'node:fs';
import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { recomputeKpis } from '../../src/kpi/recompute.ts';
import { fromPackageRoot } from '../../src/package-root.ts';
import { parseProgram } from '../../src/program/load.ts';
import type { Store } from '../../src/store/store.ts';
import { evaluateTiers } from '../../src/tier/run.ts';
import { wholeProgram } from '../program/whole-program.ts';
import { emptyStore, openTestStore } from '../services/test-store.ts';
import { insertRows } from './sample.ts';

/** What docs/measures.md says of people who fill one of several roles each. */
const now = Date.parse('2026-11-23T12:00:00Z');
const places = ['sales', 'sales', 'technical', 'technical'] as const;
type Role = (typeof places)[number];
const codes: Readonly<Record<Role, string>> = { sales: 'SALES-100', technical: 'TECH-200' };
/** The roles of each person of a partner. */
type Team = Role[][];

let store: Store;
beforeAll(async () => {
  store = await openTestStore();
});
afterAll(async () => {
  await store.close();
});

function programOfThePage() {
  const page = readFileSync(fromPackageRoot('docs', 'measures.md'), 'utf8');
  const [, section] = page.split('## One person, one role');
  const [, example] = /```yaml\n([\s\S]*?)```/.exec(section!)!;
  const result = parseProgram(wholeProgram(example!), 'measures.md');
  if (!result.ok) throw new Error(JSON.stringify(result.findings));
  return result.program;
}

/** Tries everybody on every place. */
function canFill(team: Team, open: readonly Role[] = places): boolean {
  const [role, ...rest] = open;
  if (role === undefined) return true;
  return team.some((roles, index) => roles.includes(role) && canFill(team.toSpliced(index, 1), rest));
}

async function tiersOf(teams: readonly Team[]): Promise<string[]> {
  const program = programOfThePage();
  await emptyStore(store);
  await insertRows(
    store,
    'partner',
    teams.map((_team, index) => ({
      id: `P${index}`,
      name: `P${index}`,
      types: [program.partnerTypes[0]!.key],
    })),
  );
  const people = teams.flatMap((team, at) =>
    team.map((roles, index) => ({ id: `P${at}-${index}`, partner: `P${at}`, roles })),
  );
  await insertRows(
    store,
    'person',
    people.map(({ id, partner }) => ({ id, partner, email: `${id}@acme.example` })),
  );
  const held = people.flatMap(({ id, partner, roles }) =>
    roles.map((role) => ({
      id: `${id} ${role}`,
      person: id,
      partner,
      code: codes[role],
      issued_on: '2026-01-01',
    })),
  );
  if (held.length > 0) await insertRows(store, 'certification', held);
  await recomputeKpis(store, { program, now });
  await evaluateTiers(store, { program, now });
  const states = await store.query<{ partner_id: string; tier: string }>(
    "select partner_id, tier from tierlink.tier_state where ladder = 'partner'",
  );
  const tiers = new Map(states.map(({ partner_id, tier }) => [partner_id, tier]));
  return teams.map((_team, index) => tiers.get(`P${index}`)!);
}

describe('one role for each person', () => {
  const both: Role[] = ['sales', 'technical'];

  it('lets who has two certificates fill one place', async () => {
    expect(
      await tiersOf([
        [both, both],
        [both, both, both, both],
        [both, ['sales'], ['technical'], both],
      ]),
    ).toEqual(['member', 'gold', 'gold']);
  });

  it('is asked for exactly where everybody can be put on a place', async () => {
    const several = [0, 1, 2, 3, 4];
    const teams = several.flatMap((all) =>
      several.flatMap((sales) =>
        several.map(
          (technical): Team => [
            ...Array.from({ length: all }, () => both),
            ...Array.from({ length: sales }, (): Role[] => ['sales']),
            ...Array.from({ length: technical }, (): Role[] => ['technical']),
          ],
        ),
      ),
    );
    const expected = teams.map((team) => (canFill(team) ? 'gold' : 'member'));
    expect(await tiersOf(teams)).toEqual(expected);
  });
});
