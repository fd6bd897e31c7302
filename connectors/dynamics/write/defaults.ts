import { DateTime } from 'luxon';
import { isTierlinkError } from '../../../src/errors.ts';
import type { Context } from '../context.ts';
import { idAddress } from '../key-address.ts';
import { zoneOf } from '../time-zones.ts';
import type { DayStart } from '../values-out.ts';
import type { LaneRequest } from '../write.ts';
import { columnNamed } from './table.ts';

/** What stands for what rows do not say; asked for once, when a row first needs it. */
interface Defaults {
  baseCurrency?: Promise<string | null>;
  zone?: Promise<string>;
}

const known = new WeakMap<Context, Defaults>();

function defaultsOf(context: Context): Defaults {
  const kept = known.get(context) ?? {};
  known.set(context, kept);
  return kept;
}

/** The address of the organization's base currency; null where it cannot be read, and the platform takes the user's own. */
export async function baseCurrency(context: Context): Promise<string | null> {
  const kept = defaultsOf(context);
  kept.baseCurrency ??= readable(async () => {
    const path = 'organizations?$select=_basecurrencyid_value';
    const { value } = await context.client.json<{ value: { _basecurrencyid_value?: string | null }[] }>({
      method: 'GET',
      path,
      kind: 'query',
      table: 'organization',
    });
    const id = value[0]?._basecurrencyid_value ?? null;
    return id === null ? null : idAddress('transactioncurrencies', id);
  });
  return await kept.baseCurrency.catch((error: unknown) => {
    delete kept.baseCurrency;
    throw error;
  });
}

/**
 * When days begin for the user of the connection: a day goes as that instant into a column that keeps days as instants, as
 * the platform itself does it for what its users enter.
 * https://learn.microsoft.com/power-apps/developer/data-platform/behavior-format-date-time-attribute
 */
export async function dayStarts(context: Context, { request, table }: LaneRequest): Promise<DayStart> {
  const fields = new Set(request.rows.flatMap((row) => Object.keys(row.fields)));
  const isNeeded = [...fields].some((field) => columnNamed(table.own, field)?.isLocalDay === true);
  const zone = isNeeded ? await userZone(context) : 'UTC';
  return (day) => `${DateTime.fromISO(day, { zone }).startOf('day').toUTC().toISO()?.slice(0, 19)}Z`;
}

async function userZone(context: Context): Promise<string> {
  const kept = defaultsOf(context);
  kept.zone ??= askForZone(context);
  return await kept.zone.catch((error: unknown) => {
    delete kept.zone;
    throw error;
  });
}

async function askForZone({ client, host }: Context): Promise<string> {
  const { userId } = await client.session();
  const settings = await readable(async () => {
    const path = `${idAddress('usersettingscollection', userId)}?$select=timezonecode`;
    return await client.json<{ timezonecode?: number }>({
      method: 'GET',
      path,
      kind: 'query',
      table: 'usersettings',
    });
  });
  return zoneOf(settings?.timezonecode, host);
}

/** A narrow role may not read these; then the platform's own defaults have to do. */
async function readable<T>(ask: () => Promise<T>): Promise<T | null> {
  try {
    return await ask();
  } catch (error) {
    if (isTierlinkError(error, 'CRM_PERMISSION')) return null;
    throw error;
  }
}
