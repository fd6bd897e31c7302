import type { Store } from '../../src/store/store.ts';
import type { RunResult } from '../../src/sync/records/runs.ts';
import { runVerify, type VerifiedFeed, type VerifyOptions } from '../../src/verify/verify.ts';
import { emptyStore } from '../services/test-store.ts';
import { type HouseOptions, openPassHouse, type PassHouse } from '../sync/pass-house.ts';
import { spreadOverMonths } from './corrupt.ts';

/** A small org whose four partners and twelve deals were made over half a year, read and at rest. */
export async function settledHouse(store: Store, options: HouseOptions = {}): Promise<PassHouse> {
  await emptyStore(store);
  const house = await openPassHouse(store, options);
  const partners = ['Northwind', 'Contoso', 'Fabrikam', 'Adatum'].map((name) =>
    house.addPartner(name, { Phone: '111' }),
  );
  for (let index = 0; index < 12; index += 1) house.addDeal(partners[index % 4]!, `${index + 1}00.00`);
  spreadOverMonths(house, 'Account');
  spreadOverMonths(house, 'Deal');
  await house.pass();
  house.clock.time += 3_600_000;
  return house;
}

export async function verify(
  house: PassHouse,
  options: Partial<VerifyOptions> = {},
): Promise<RunResult<VerifiedFeed[] | 'paused' | null>> {
  house.clock.time += 10_000;
  return await runVerify(house.engine, house.connection, { days: 28, ...options });
}

export interface Found {
  object: string;
  crmId: string;
  cause: string;
  settled: boolean;
}

/** All that was found. */
export async function found(store: Store): Promise<Found[]> {
  return await store.query(
    `select object, crm_id as "crmId", cause, settled from tierlink.mismatch order by object, crm_id, cause`,
  );
}

/** The state of each object. */
export async function states(store: Store): Promise<Record<string, string>> {
  const rows = await store.query<{ object: string; state: string }>(
    'select object, state from tierlink.verification order by object',
  );
  return Object.fromEntries(rows.map(({ object, state }) => [object, state]));
}
