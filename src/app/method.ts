import type { App } from '../app.ts';
import { dayOf } from '../program/civil-date.ts';
import { loadMethodInputs, type MethodInputs } from '../tier/method-inputs.ts';
import { findPartner, listPartners } from './partners.ts';

/** Partners that take part in the program, by name, with what says how it is run with them. Throws PARTNER_UNKNOWN. */
export async function readMethod(
  { store, program, clock }: Pick<App, 'store' | 'program' | 'clock'>,
  asked: string | undefined,
): Promise<{ asOf: string; partners: { id: string; name: string; inputs: MethodInputs }[] }> {
  const now = clock.now();
  const asOf = dayOf(now, program.timeZone);
  const rows = asked === undefined ? await listPartners(store) : [await findPartner(store, asked)];
  const ids = rows.map(({ id }) => id);
  const inputs = await loadMethodInputs(store, { program, partners: ids, now, asOf });
  const byPartner = new Map(inputs.map((one) => [one.partnerId, one]));
  const partners = rows.flatMap(({ id, name }) => {
    const own = byPartner.get(id);
    return own === undefined ? [] : [{ id, name, inputs: own }];
  });
  return { asOf, partners };
}
