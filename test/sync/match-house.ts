import { defaultMatching, type Matching } from '../../src/model/match-keys.ts';
import { newRecordId } from '../../src/model/record-id.ts';
import type { Store } from '../../src/store/store.ts';
import type { Engine } from '../../src/sync/engine.ts';
import type { ObjectMapping } from '../../src/sync/mapping/schema.ts';
import { type OwnerRules, ownershipOf } from '../../src/sync/owners.ts';
import { type PassOptions, type PassResult, runPass } from '../../src/sync/pass/pass.ts';
import type { RunResult } from '../../src/sync/records/runs.ts';
import { mappings, openPassHouse, type PassHouse } from './pass-house.ts';

/** Several small orgs that feed one program. */
export interface MatchHouse {
  store: Store;
  houses: Readonly<Record<string, PassHouse>>;
  engine: Engine;
  /** Runs a pass over all connections, or those named, some seconds later. */
  pass(aliases?: readonly string[], more?: Partial<PassOptions>): Promise<RunResult<PassResult>>;
  /** Our id of an account. */
  idOf(alias: string, account: string): string;
  /** What is proposed and decided, with names instead of ids. */
  matches(): Promise<{ pair: string; rule: string; state: string }[]>;
  /** Live partners by name, each with the connections that it is linked in. */
  partners(): Promise<Record<string, string[]>>;
}

const inward = (field: string) => ({
  field,
  direction: 'in' as const,
  required: false,
  onBlank: 'clear' as const,
});

/** Those of the small org, which bring in by what partners are matched. */
export const matchMappings: ObjectMapping[] = mappings.map((mapping) =>
  mapping.entity === 'partner'
    ? {
        ...mapping,
        attributes: {
          ...mapping.attributes,
          number: inward('Number'),
          vat: inward('Vat'),
          website: inward('Website'),
        },
      }
    : mapping,
);

export async function openMatchHouse(
  store: Store,
  aliases: readonly string[] = ['north', 'south'],
  rules: Partial<Matching> = {},
  owners?: OwnerRules,
): Promise<MatchHouse> {
  const clock = { time: Date.parse('2026-03-02T10:00:00.000Z'), now: () => clock.time };
  const houses: Record<string, PassHouse> = {};
  for (const alias of aliases)
    houses[alias] = await openPassHouse(store, { alias, clock, mappings: matchMappings });
  const matching: Matching = {
    connections: aliases,
    partner: defaultMatching,
    customer: defaultMatching,
    ...rules,
  };
  const all = aliases.map((alias) => houses[alias]!.connection);
  // As a project with several connections has it: what is matched is also owned by somebody.
  const ownership = ownershipOf(all, owners);
  const engine = { ...Object.values(houses)[0]!.engine, matching, ownership: () => ownership };
  return {
    store,
    houses,
    engine,
    pass: async (named = aliases, more = {}) => {
      clock.time += 10_000;
      const connections = named.map((alias) => houses[alias]!.connection);
      const run = await runPass({ engine, connections, configured: all, ...more });
      const stopped = run.value?.connections.find(({ error }) => error !== null)?.error;
      if (stopped) throw stopped;
      return run;
    },
    idOf: (alias, account) => newRecordId('partner', alias, 'Account', account),
    matches: async () =>
      await store.query(
        `select concat_ws(' + ', least(a.name, b.name), greatest(a.name, b.name)) as pair, m.rule, m.state
         from tierlink.match m join tierlink.partner a on a.id = m.one join tierlink.partner b on b.id = m.other
         order by 1, 2`,
      ),
    partners: async () => {
      const rows = await store.query<{ name: string; connections: string[] }>(
        `select p.name, array(select l.connection from tierlink.link l where l.record_id = p.id and l.entity = 'partner'
           and l.state = 'live' order by 1) as connections
         from tierlink.partner p where p.merged_into is null and p.deleted_at is null and p.in_scope order by p.name`,
      );
      return Object.fromEntries(rows.map((row) => [row.name, row.connections]));
    },
  };
}
