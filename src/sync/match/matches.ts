import { TierlinkError } from '../../errors.ts';
import { type MatchedEntity, type MatchRule, matchRules, type SharedKey } from '../../model/match-keys.ts';
import type { Executor } from '../../store/store.ts';
import type { MatchState } from './decide.ts';
import { agreedSql } from './proposals.ts';

/** A record of a match, as lists name it. */
export interface MatchedRecord {
  id: string;
  name: string | null;
  /** Connections that hold it; of one that was joined, those that it came from. */
  connections: string[];
}

export interface Match {
  id: string;
  entity: MatchedEntity;
  rule: MatchRule;
  key: string;
  /** Everything in which the two agree, or did when it was decided: that of rule and key first. */
  agreed: SharedKey[];
  state: MatchState;
  /** Of a joined one: the record that stayed. */
  survivor: string | null;
  one: MatchedRecord;
  other: MatchedRecord;
  /** ISO instants. */
  since: string;
  decidedAt: string | null;
  decidedBy: string | null;
  reason: string | null;
}

/** Which matches are meant; all that is given must hold, nothing given means all. */
export interface MatchFilter {
  ids?: readonly string[] | undefined;
  entity?: MatchedEntity | undefined;
  state?: MatchState | undefined;
  connection?: string | undefined;
}

interface MatchListRow extends Omit<Match, 'one' | 'other'> {
  one: string;
  other: string;
  oneName: string | null;
  otherName: string | null;
  oneConnections: string[];
  otherConnections: string[];
}

/** Proposals and what was decided, the oldest first. */
export async function listMatches(executor: Executor, filter: MatchFilter = {}): Promise<Match[]> {
  const rows = await executor.query<MatchListRow & Record<string, unknown>>(
    `select * from (
       select m.id, m.entity, m.rule, m.key, m.state, m.survivor, m.one, m.other, m.since, m.decided_at as "decidedAt",
         m.decided_by as "decidedBy", m.reason,
         case m.state when 'open' then ${agreedSql('m.entity', 'm.one', 'm.other')} else m.seen end as agreed,
         ${recordSql('one')}, ${recordSql('other')}
       from tierlink.match m
       where ($1::text[] is null or m.id = any($1)) and ($2::text is null or m.entity = $2)
         and ($3::text is null or m.state = $3)) listed
     where $4::text is null or $4 = any("oneConnections" || "otherConnections")
     order by since, id`,
    [
      filter.ids?.map((id) => id.toLowerCase()) ?? null,
      filter.entity ?? null,
      filter.state ?? null,
      filter.connection ?? null,
    ],
  );
  return rows.map(({ one, other, oneName, otherName, oneConnections, otherConnections, ...match }) => ({
    ...match,
    agreed: agreedOf(match),
    one: { id: one, name: oneName, connections: oneConnections },
    other: { id: other, name: otherName, connections: otherConnections },
  }));
}

function agreedOf({ rule, key, agreed }: Pick<Match, 'rule' | 'key' | 'agreed'>): SharedKey[] {
  const others = agreed.filter((each) => each.rule !== rule);
  return [
    { rule, key },
    ...others.sort((one, other) => matchRules.indexOf(one.rule) - matchRules.indexOf(other.rule)),
  ];
}

/** What of a joined one went to its survivor is told as its own. */
function recordSql(side: 'one' | 'other'): string {
  const came = `select v->>'connection' as c, m.state = 'joined' and m.survivor <> m.${side} as mine
    from jsonb_array_elements(coalesce(m.before->'links', '[]')) v where m.state = 'joined'`;
  const named = (table: string) => `(select t.name from tierlink.${table} t where t.id = m.${side})`;
  return `case m.entity when 'partner' then ${named('partner')} else ${named('customer')} end as "${side}Name",
    array(select distinct c from (
      select l.connection as c from tierlink.link l
        where l.entity = m.entity and l.record_id = m.${side} and l.state = 'live'
          and l.connection not in (select c from (${came}) moved where not mine)
      union all select c from (${came}) moved where mine) held order by c) as "${side}Connections"`;
}

/** One match. Throws MATCH_UNKNOWN. */
export async function findMatch(executor: Executor, id: string): Promise<Match> {
  const [match] = await listMatches(executor, { ids: [id] });
  if (match === undefined) throw new TierlinkError('MATCH_UNKNOWN', { match: id });
  return match;
}

/**
 * Those of open matches that leave no choice: none of the two could be another record of the other one's connections. The
 * others are for a person to decide one by one.
 */
export function withoutChoice(matches: readonly Match[]): Match[] {
  const sides = matches.flatMap(({ id, one, other }) => [
    { id, of: one.id, with: other },
    { id, of: other.id, with: one },
  ]);
  const hasChoice = (side: (typeof sides)[number]) =>
    sides.some(
      (each) =>
        each.id !== side.id &&
        each.of === side.of &&
        each.with.connections.some((alias) => side.with.connections.includes(alias)),
    );
  const chosen = new Set(sides.filter(hasChoice).map(({ id }) => id));
  return matches.filter(({ id }) => !chosen.has(id));
}
