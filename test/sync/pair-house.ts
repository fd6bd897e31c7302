import type { MemoryCrm } from '../../connectors/memory/index.ts';
import { silentLogger } from '../../src/model/logger.ts';
import type { Program } from '../../src/program/load.ts';
import type { Store } from '../../src/store/store.ts';
import type { Connector } from '../../src/sync/connector.ts';
import type { Engine, PassConnection } from '../../src/sync/engine.ts';
import { setTierMode, setWriteBack } from '../../src/sync/links/connection-settings.ts';
import type { ObjectMapping } from '../../src/sync/mapping/schema.ts';
import { type OwnerRules, ownershipOf } from '../../src/sync/owners.ts';
import { type PassOptions, type PassResult, runPass } from '../../src/sync/pass/pass.ts';
import { ensureConnection } from '../../src/sync/records/connections.ts';
import type { RunResult } from '../../src/sync/records/runs.ts';
import { connectTo, makeOrg, mappings, smallProgram } from './pass-house.ts';

/** Two small orgs that hold the same partners, and everything that a pass over both needs. */

export type Side = 'north' | 'south';
export const sides: readonly Side[] = ['north', 'south'];

type Lines = Record<string, Record<string, unknown>>;

/** The mappings of the small org, with other lines for some attributes of partners; null takes one out. */
export function partnerLines(lines: Record<string, Record<string, unknown> | null>): ObjectMapping[] {
  return mappings.map((each) => {
    if (each.entity !== 'partner') return each;
    const attributes: Lines = { ...each.attributes };
    for (const [attribute, line] of Object.entries(lines)) {
      if (line === null) delete attributes[attribute];
      else attributes[attribute] = { required: false, onBlank: 'clear', ...line };
    }
    return { ...each, attributes } as ObjectMapping;
  });
}

export interface PairHouse {
  store: Store;
  crms: Record<Side, MemoryCrm>;
  clock: { time: number; now(): number };
  engine: Engine;
  connections: PassConnection[];
  /** Runs a pass some seconds later. */
  pass(more?: Partial<PassOptions>): Promise<RunResult<PassResult>>;
  /** Other owners or mappings from the next pass on, or fewer connections. */
  configure(to: PairOptions): void;
  /** A partner in one org; `ours`: the id of our record, which makes both one. */
  addPartner(side: Side, name: string, fields?: Record<string, string | null>): string;
  /** A partner that both orgs hold, linked in both after a pass. */
  addShared(
    name: string,
    fields?: Partial<Record<Side, Record<string, string | null>>>,
  ): Promise<Record<Side, string>>;
  account(side: Side, id: string): Record<string, unknown>;
  edit(side: Side, id: string, fields: Record<string, string | null>): void;
  /** Our id of an account. */
  recordOf(side: Side, id: string): Promise<string>;
  ours(id: string): Promise<Record<string, unknown>>;
  turnOn(...of: Side[]): Promise<void>;
  own(...of: Side[]): Promise<void>;
  /** Writes that reached a CRM so far. */
  writes(): { side: Side; object: string; fields: Record<string, unknown> }[];
}

export interface PairOptions {
  owners?: OwnerRules;
  /** Mappings by connection; a connection that is left out is removed. (Default: those of the small org, in both) */
  mappings?: Partial<Record<Side, readonly ObjectMapping[]>>;
  dailyCalls?: Partial<Record<Side, number>>;
  program?: Program;
}

export async function openPairHouse(store: Store, options: PairOptions = {}): Promise<PairHouse> {
  const clock = { time: Date.parse('2026-03-02T10:00:00.000Z'), now: () => clock.time };
  const crms = { north: makeOrg(clock.now), south: makeOrg(clock.now) };
  const written: ReturnType<PairHouse['writes']> = [];
  const house = {} as PairHouse;
  const configure = (to: PairOptions) => {
    const own: Partial<Record<Side, readonly ObjectMapping[]>> = to.mappings ?? {
      north: mappings,
      south: mappings,
    };
    house.connections = sides
      .filter((side) => own[side] !== undefined)
      .map((side) =>
        connectTo(store, {
          crm: crms[side],
          clock,
          alias: side,
          mappings: own[side]!,
          dailyCalls: to.dailyCalls?.[side] ?? 10_000,
          wrap: (connector) => watched(connector, side, written),
        }),
      );
    const ownership = ownershipOf(house.connections, to.owners);
    house.engine = {
      store,
      clock,
      logger: silentLogger,
      program: to.program ?? smallProgram(),
      holder: 'test',
      actor: 'tierlink',
      ownership: () => ownership,
    };
  };
  for (const id of sides) await ensureConnection(store.db, { id, crm: 'memory', now: clock.now() });
  configure(options);
  const recordOf = async (side: Side, id: string) => {
    const [link] = await store.query<{ record_id: string }>(
      `select record_id from tierlink.link where connection = $1 and crm_id = $2 and entity = 'partner'`,
      [side, id],
    );
    return link!.record_id;
  };
  const addPartner: PairHouse['addPartner'] = (side, name, fields = {}) =>
    crms[side].insert('Account', [
      { Name: name, Kind: 'Partner', Type: 'reseller', Started_On: '2024-01-01', ...fields },
    ])[0]!;
  const pass: PairHouse['pass'] = async (more = {}) => {
    clock.time += 10_000;
    const { engine, connections } = house;
    return await runPass({ engine, connections, configured: connections, ...more });
  };
  return Object.assign(house, {
    store,
    crms,
    clock,
    pass,
    configure,
    addPartner,
    addShared: async (name: string, fields: Partial<Record<Side, Record<string, string | null>>> = {}) => {
      const north = addPartner('north', name, fields.north);
      await pass();
      const ours = await recordOf('north', north);
      const south = addPartner('south', name, { ...fields.south, Our_Id: ours });
      await pass();
      return { north, south };
    },
    account: (side: Side, id: string) => crms[side].find('Account', id)?.fields ?? {},
    edit: (side: Side, id: string, fields: Record<string, string | null>) => {
      clock.time += 1_000;
      crms[side].update('Account', id, fields);
    },
    recordOf,
    ours: async (id: string) =>
      (await store.query<Record<string, unknown>>('select * from tierlink.partner where id = $1', [id]))[0]!,
    turnOn: async (...of: Side[]) => {
      for (const id of of) {
        const own = house.connections.find(({ alias }) => alias === id)!.mappings();
        await setWriteBack({ store, clock, id, actor: 'admin', mappings: own, on: true });
      }
    },
    own: async (...of: Side[]) => {
      for (const id of of) {
        const own = house.connections.find(({ alias }) => alias === id)!.mappings();
        await setTierMode({ store, clock, id, actor: 'admin', mappings: own, mode: 'owned' });
      }
    },
    writes: () => [...written],
  });
}

function watched(connector: Connector, side: Side, written: ReturnType<PairHouse['writes']>): Connector {
  return {
    ...connector,
    write: async (request) => {
      const results = await connector.write(request);
      results.forEach((result, index) => {
        if (result.outcome === 'unchanged') return;
        written.push({ side, object: request.object, fields: { ...request.rows[index]!.fields } });
      });
      return results;
    },
  };
}
