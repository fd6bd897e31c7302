import type { Program } from '../program/load.ts';
import type { ProgramDefinition } from '../program/schema/schema.ts';
import { trackKeptUntil } from '../program/track-keeping.ts';
import type { Executor } from '../store/store.ts';
import type { RequirementInputs } from './requirement.ts';
import { segmentsOf } from './segments.ts';
import type { PartnerFacts } from './types.ts';

/** A track that a partner was given. */
export interface KeptTrack {
  track: string;
  /** The day on which it was given. */
  since: string;
  /** First day on which it may change. */
  until: string;
  /** Whether inputs that decide about the next one were late when that was to be given. (Default: no) */
  isHeld?: boolean;
}

/** What a track waits for where nothing is late: other figures or attributes, which come with a mark of their own. */
export const otherFigures = 'figures';

type Keeping = Pick<ProgramDefinition, 'tracks' | 'trackKeeping'>;

/**
 * The tracks that partners had on a day, by partner. Each was given on its first day, so that those of a past day are what
 * was known then; one that had to wait for the next one was kept until that was given.
 */
async function loadTracks(
  executor: Executor,
  program: Program,
  { partners, asOf }: { partners: readonly string[]; asOf: string },
): Promise<Map<string, KeptTrack>> {
  const rows = await executor.query<Required<KeptTrack> & { id: string } & Record<string, unknown>>(
    `select distinct on (t.partner_id) t.partner_id as id, track, since,
       case when until <= $3::date then greatest(until, next) else until end as until,
       coalesce(d.waits_for <> $4::jsonb, false) as "isHeld"
     from (select *, lead(since) over (partition by partner_id order by since) as next from tierlink.partner_track
           where program = $1 and partner_id = any($2::text[])) t
     left join tierlink.track_due d on d.program = $1 and d.partner_id = t.partner_id
     where since <= $3::date order by t.partner_id, since desc`,
    [program.name, [...partners], asOf, JSON.stringify(otherFigures)],
  );
  return new Map(rows.map(({ id, ...track }) => [id, track]));
}

/**
 * The attributes of partners with the tracks that they were given noted among them: whoever reads the attributes, a score or
 * an evaluation, then takes the same track. `tracks`: those that are supposed to be given, before those of the store.
 * `tracksOn`: the day whose tracks count. (Default: asOf)
 */
export async function withTracks<P extends { id: string; facts: PartnerFacts }>(
  executor: Executor,
  {
    program,
    asOf,
    tracks: given,
    tracksOn: day = asOf,
  }: { program: Program; asOf: string; tracks?: ReadonlyMap<string, KeptTrack>; tracksOn?: string },
  partners: readonly P[],
): Promise<P[]> {
  if (program.trackKeeping === undefined || partners.length === 0) return [...partners];
  const kept = await loadTracks(executor, program, { partners: partners.map(({ id }) => id), asOf: day });
  return partners.map((partner) => {
    const track = given?.get(partner.id) ?? kept.get(partner.id);
    return track === undefined ? partner : { ...partner, facts: noted(partner.facts, track, day) };
  });
}

/** No attribute of a CRM has a name with this in front, and no rule can read one. */
const names = {
  track: 'track.key',
  since: 'track.since',
  until: 'track.until',
  isOver: 'track.isOver',
  isHeld: 'track.isHeld',
};

/** The attributes of a partner with a track as it stands on a day. */
export function noted(
  facts: PartnerFacts,
  { track, since, until, isHeld = false }: KeptTrack,
  asOf: string,
): PartnerFacts {
  return {
    ...facts,
    [names.track]: track,
    [names.since]: since,
    [names.until]: until,
    [names.isOver]: until <= asOf,
    [names.isHeld]: until <= asOf && isHeld,
  };
}

/** The track that is noted of a partner; null where none is, or where the program does not keep it or has it no more. */
export function keptTrack(
  { tracks, trackKeeping }: Keeping,
  facts: PartnerFacts,
): (Required<KeptTrack> & { isOver: boolean }) | null {
  const track = facts[names.track];
  if (trackKeeping === undefined || !tracks.some(({ key }) => key === track)) return null;
  return {
    track: track as string,
    since: facts[names.since] as string,
    until: facts[names.until] as string,
    isOver: facts[names.isOver] as boolean,
    isHeld: facts[names.isHeld] as boolean,
  };
}

/** The track that a partner is given on a day; null where it keeps its own, and where the figures are not sure. Pure. */
export function trackGiven(
  inputs: Omit<RequirementInputs, 'segments'> & { program: Program },
  asOf: string,
): KeptTrack | null {
  const { program, partner } = inputs;
  const until = trackKeptUntil(program, asOf);
  const kept = keptTrack(program, partner);
  if (until === undefined || (kept !== null && !kept.isOver)) return null;
  const facts = kept === null ? partner : noted(partner, { ...kept, isHeld: false }, asOf);
  const { key, isCertain } = segmentsOf({ ...inputs, partner: facts }).track;
  return key === null || !isCertain ? null : { track: key, since: asOf, until };
}
