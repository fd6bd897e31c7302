import { engineOf } from '../app/engine.ts';
import { breakLink, makeLink, moveLink } from '../sync/links/changes.ts';
import { findCrmRecord, findRecord } from '../sync/links/find.ts';
import type { ArgumentSet, CommandCall } from './command.ts';
import { text } from './commands/links/links.messages.ts';
import { choiceFlag, switchFlag, textFlag } from './flags.ts';
import { formatMany } from './format.ts';
import { linkEntities, plural, type ShownLinkChange, shownLinkChange } from './link-result.ts';
import type { Screen } from './screen.ts';
import { currentActor } from './who.ts';

/** What the commands that change a link have in common. */
export const linkFlags = {
  object: textFlag('OBJECT', text.object),
  entity: choiceFlag('ENTITY', text.entity, linkEntities),
  reason: textFlag('TEXT', text.reason),
  dryRun: switchFlag(text.dryRun),
};

type Call = Pick<CommandCall<typeof linkFlags, ArgumentSet>, 'flags' | 'global' | 'app' | 'prompt'> & {
  args: { crm: string; record?: string };
};

/** Changes a link as a person asked for it, or finds out what would change. */
export async function changeLink(
  action: 'make' | 'break' | 'move',
  { args, flags, global, app, prompt }: Call,
): Promise<ShownLinkChange> {
  const opened = await app();
  const { object, entity, dryRun } = flags;
  const link = await findCrmRecord(opened.store, args.crm, { connection: global.connection, object, entity });
  const to =
    args.record === undefined ? '' : (await findRecord(opened.store, args.record, { entity })).recordId;
  const reason =
    flags.reason ?? (dryRun ? null : await prompt.ask({ flag: '--reason', label: text.askReason }));
  const engine = engineOf(opened, { actor: currentActor() });
  const request = { link, reason, dryRun };
  const changed =
    action === 'break'
      ? await breakLink(engine, request)
      : await (action === 'make' ? makeLink : moveLink)(engine, { ...request, to });
  return shownLinkChange(changed, dryRun);
}

/** What follows from a change, below the line that says what was done. */
export function showConsequences(change: ShownLinkChange, screen: Screen): void {
  const { leaves, returns, follow, dropped } = change;
  if (leaves !== null) screen.line(text.leaves(leaves));
  if (returns !== null) screen.line(text.returns(returns));
  if (follow.length > 0)
    screen.line(text.follow(follow.map(({ entity, records }) => plural(entity, records)).join(', ')));
  if (dropped > 0) screen.line(text.dropped(formatMany(dropped, 'write')));
}

/** What people call a side of a change. */
export function sideName({ name, recordId }: ShownLinkChange['before']): string {
  return name ?? recordId ?? '-';
}
