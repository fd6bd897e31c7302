import type { Context } from './context.ts';
import { idAddress } from './key-address.ts';

const known = new WeakMap<Context, Promise<string | null>>();

/**
 * The address of the organization's base currency, asked for once; null where it cannot be read, so that the platform
 * takes the user's own currency.
 */
export async function baseCurrency(context: Context, signal?: AbortSignal): Promise<string | null> {
  const kept = known.get(context);
  if (kept !== undefined) return await kept;
  const asked = askFor(context, signal);
  known.set(context, asked);
  asked.catch(() => known.delete(context));
  return await asked;
}

async function askFor({ client }: Context, signal?: AbortSignal): Promise<string | null> {
  const { value } = await client.json<{ value: { _basecurrencyid_value?: string | null }[] }>({
    method: 'GET',
    path: 'organizations?$select=_basecurrencyid_value',
    kind: 'query',
    table: 'organization',
    signal,
  });
  const id = value[0]?._basecurrencyid_value ?? null;
  return id === null ? null : idAddress('transactioncurrencies', id);
}
