import type { Store } from '../../src/store/store.ts';

/** How much of an imaginary channel business the store holds. */
export interface KpiSize {
  partners: number;
  deals: number;
  certificates: number;
}

/** Rows per statement. */
const chunk = 100_000;

/** A number below `limit` that is the same for the same row at every run. */
const draw = (seed: number, limit: number) => `((hashint8extended(n, ${seed}) & 2147483647) % ${limit})::int`;
const id = (kind: string, number: string) => `'${kind}_' || md5('${kind}' || (${number}))`;
const oneOf = (seed: number, values: readonly string[]) =>
  `(array[${values.map((value) => `'${value}'`).join(', ')}])[1 + ${draw(seed, values.length)}]`;

const countries = Array.from({ length: 40 }, (_one, index) => `C${String(index).padStart(2, '0')}`);
const today = `date '2026-03-02'`;

/**
 * Puts partners, deals with their credits, people and certificates straight into the store. Ids are hashes, as ours are. A
 * third of the deals is won, a third lost, a third open; every fifth has a second partner.
 */
export async function fillStore(store: Store, size: KpiSize): Promise<void> {
  const { partners, deals, certificates } = size;
  await rows(store, partners, {
    table: 'partner (id, name, types, country, region, started_on)',
    values: `${id('ptr', 'n')}, 'Partner ' || n, array[${oneOf(1, ['reseller', 'msp', 'integrator'])}],
      ${oneOf(2, countries)}, ${oneOf(3, ['EMEA', 'AMER', 'APAC'])}, ${today} - 200 - ${draw(4, 1_800)}`,
  });
  const closes = `(case when n % 3 = 2 then ${draw(11, 180)} else -${draw(11, 760)} - 1 end)`;
  await rows(store, deals, {
    table: `deal (id, name, customer, amount, amount_currency, is_closed, is_won, close_on, created_at, registration,
      registered_at)`,
    values: `${id('dea', 'n')}, 'Deal ' || n, ${id('cus', draw(12, Math.ceil(deals / 10)))},
      (${draw(13, 249_000)} + 1000)::numeric + ${draw(14, 100)}::numeric / 100,
      ${oneOf(15, ['USD', 'USD', 'USD', 'EUR'])}, n % 3 < 2, n % 3 = 0, ${today} + ${closes},
      (${today} + ${closes} - 10 - ${draw(16, 150)})::timestamp at time zone 'UTC',
      ${oneOf(17, ['approved', 'approved', 'rejected'])},
      (${today} + ${closes} - 9 - ${draw(16, 150)})::timestamp at time zone 'UTC'`,
  });
  await rows(store, deals, {
    table: 'credit (id, deal, partner, role, weight, is_primary)',
    values: `${id('crd', 'n')}, ${id('dea', 'n')}, ${id('ptr', `1 + ${draw(21, partners)}`)},
      ${oneOf(22, ['sourced', 'sourced', 'influenced'])}, case when n % 5 = 0 then 60 else 100 end, true`,
  });
  await rows(store, Math.floor(deals / 5), {
    table: 'credit (id, deal, partner, role, weight, is_primary)',
    values: `${id('crs', 'n')}, ${id('dea', 'n * 5')},
      ${id('ptr', `1 + (((hashint8extended(n * 5, 21) & 2147483647) % ${partners})::int + 1) % ${partners}`)},
      'influenced', 40, false`,
  });
  const people = Math.ceil(certificates / 2);
  await rows(store, people, {
    table: 'person (id, partner, name, email, role, left_on)',
    values: `${id('per', 'n')}, ${id('ptr', `1 + ${draw(31, partners)}`)}, 'Person ' || n, 'p' || n || '@partner.example',
      ${oneOf(32, ['technical', 'sales'])}, case when n % 20 = 0 then ${today} - ${draw(33, 400)} end`,
  });
  await rows(store, certificates, {
    table: 'certification (id, person, code, issued_on, expires_on, status)',
    values: `${id('cer', 'n')}, ${id('per', '(n + 1) / 2')}, 'CODE-' || ${draw(41, 30)}, ${today} - ${draw(42, 900)},
      ${today} - ${draw(42, 900)} + 730, case when n % 50 = 0 then 'revoked' else 'active' end`,
  });
  await store.analyze();
}

async function rows(
  store: Store,
  count: number,
  { table, values }: { table: string; values: string },
): Promise<void> {
  for (let from = 1; from <= count; from += chunk) {
    await store.query(
      `insert into tierlink.${table} select ${values} from generate_series($1::bigint, $2::bigint) as s(n)`,
      [from, Math.min(count, from + chunk - 1)],
    );
  }
}

/** Every hundredth partner, as the dirty ones of a pass. */
export async function everyHundredthPartner(store: Store): Promise<string[]> {
  const found = await store.query<{ id: string }>(
    `select id from (select id, row_number() over (order by id) as n from tierlink.partner) p where n % 100 = 1`,
  );
  return found.map((row) => row.id);
}
