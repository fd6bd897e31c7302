import type { App } from '../app.ts';
import { dayOf } from '../program/civil-date.ts';
import { loadFacts, outsideError } from '../tier/load.ts';
import { apartReason, loadMethodInputs, type MethodInputs } from '../tier/method/method-inputs.ts';
import { findPartner, listPartners, type PartnerRow } from './partners.ts';

/**
 * Partners that take part in the program, by name, with what says how it is run with them; of the one that was asked for,
 * why it does not take part. Throws PARTNER_UNKNOWN and PARTNER_OUTSIDE.
 */
export async function readMethod(
  { store, program, clock }: Pick<App, 'store' | 'program' | 'clock'>,
  asked: string | undefined,
): Promise<{
  asOf: string;
  partners: { id: string; name: string; inputs: MethodInputs }[];
  apart: { name: string; reason: string } | null;
}> {
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
  const [only] = rows;
  const isApart = asked !== undefined && partners.length === 0;
  return { asOf, partners, apart: isApart ? await whyApart(store, only!, asOf) : null };
}

async function whyApart(
  store: App['store'],
  { id, name }: PartnerRow,
  asOf: string,
): Promise<{ name: string; reason: string } | null> {
  const [found] = await loadFacts(store, [id]);
  if (found === undefined) throw await outsideError(store, id);
  const reason = apartReason(found.facts, asOf);
  return reason === null ? null : { name, reason };
}
