import type { App } from '../app.ts';
import { TierlinkError } from '../errors.ts';
import { type RejectFilter, showReject } from '../sync/push/rejects.ts';
import { text } from './commands/rejects/rejects.messages.ts';
import { switchFlag, textFlag } from './flags.ts';
import { refuseUnknownCode, refuseUnknownPlace } from './known-words.ts';

/** Which rejects a command is for: one, a group, or all. */
export const selectionArgs = { id: { help: text.retry.id, required: false } } as const;

export const selectionFlags = {
  code: textFlag('CODE', text.list.code),
  object: textFlag('OBJECT', text.list.object),
  all: switchFlag(text.retry.all),
};

interface Selection {
  args: { id?: string | undefined };
  flags: { code: string | undefined; object: string | undefined; all: boolean };
  global: { connection?: string | undefined };
}

/** Throws USAGE where nothing says which are meant, or something is not known; RECORD_UNKNOWN for an id. */
export async function selectedRejects(
  app: App,
  { args, flags, global }: Selection,
  command: string,
): Promise<RejectFilter> {
  const { id } = args;
  const { code, object, all } = flags;
  if (id === undefined && code === undefined && object === undefined && !all) {
    throw new TierlinkError('USAGE', { reason: text.retry.which, command });
  }
  const { connection } = global;
  await refuseUnknownPlace(app, command, { connection, object });
  refuseUnknownCode(code, command);
  if (id !== undefined) await showReject(app.store, id);
  return { connection, object, code, ids: id === undefined ? undefined : [id] };
}
