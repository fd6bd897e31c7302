import { z } from 'zod';
import { matchRules } from '../model/match-keys.ts';
import type { JoinedMatch } from '../sync/match/join.ts';

const recordSchema = z.strictObject({
  id: z.string(),
  name: z.string().nullable(),
  /** Connections that hold it; of one that was joined, those that it came from. */
  connections: z.array(z.string()),
});

/** A match in --json. */
export const matchSchema = z.strictObject({
  id: z.string(),
  entity: z.enum(['partner', 'customer']),
  rule: z.enum(matchRules),
  key: z.string(),
  /** Everything in which the two agree, or did when it was decided: that of rule and key first. */
  agreed: z.array(z.strictObject({ rule: z.enum(['number', 'vat', 'domain', 'name']), key: z.string() })),
  state: z.enum(['open', 'joined', 'refused', 'undone']),
  /** Of a joined one: the record that stayed. */
  survivor: z.string().nullable(),
  one: recordSchema,
  other: recordSchema,
  since: z.string(),
  decidedAt: z.string().nullable(),
  decidedBy: z.string().nullable(),
  reason: z.string().nullable(),
});

/** What people call a record. */
export function nameOf({ name, id }: { name: string | null; id: string }): string {
  return name ?? id;
}

/** A match that was just made, in --json. */
export const joinedSchema = z.strictObject({
  id: z.string(),
  entity: z.string(),
  rule: z.enum(matchRules),
  key: z.string(),
  survivor: z.string(),
  survivorName: z.string(),
  joined: z.string(),
  joinedName: z.string(),
});

export function shownJoined(match: JoinedMatch): z.infer<typeof joinedSchema> {
  const { id, entity, rule, key, survivor, joined } = match;
  const names = { survivorName: match.survivorName ?? survivor, joinedName: match.joinedName ?? joined };
  return { id, entity, rule, key, survivor, joined, ...names };
}
