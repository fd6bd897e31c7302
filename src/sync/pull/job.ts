import type { Clock } from '../../model/clock.ts';
import type { AttributeValue, EntityName } from '../../model/entities.ts';
import type { Logger } from '../../model/logger.ts';
import type { Lease } from '../../store/leases.ts';
import type { Store } from '../../store/store.ts';
import type { Connector } from '../connector.ts';
import type { ObjectDescription } from '../crm-description.ts';
import { type MappingPlan, missingFields, planMapping, plansOf } from '../mapping/plan.ts';
import type { ObjectMapping } from '../mapping/schema.ts';
import type { TransformContext } from '../mapping/transform.ts';
import type { Ownership } from '../owners.ts';
import type { ChangesAhead } from './changes-ahead.ts';

export interface PullRequest {
  store: Store;
  connector: Connector;
  connection: string;
  object: string;
  /** All mappings of the connection: a record that arrives may heal held ones of other objects. */
  mappings: readonly ObjectMapping[];
  clock: Clock;
  logger: Logger;
  context: TransformContext;
  /** Checked by every commit; null only where nothing else can run (tests). */
  lease: Lease | null;
  runId: string | null;
  /** The object as the CRM describes it now. (Default: asked for) */
  description?: ObjectDescription;
  signal?: AbortSignal;
  /** Reads everything in scope and compares: finds missed changes and missed deletions. (Default: only where needed) */
  full?: boolean;
  /** CRM ids of invalid records to read once more, though nothing about them changed. (Default: none) */
  again?: readonly string[];
  /** Lets a deletion of very many records through, once a person has said so. (Default: false) */
  acceptDeletes?: boolean;
  limits?: Partial<PullLimits>;
  /** The project has several connections, so records may be the same as those of another. (Default: false) */
  isMatched?: boolean;
  /** Streams of changes that were asked for together with those of other objects. (Default: none) */
  ahead?: ChangesAhead;
  /** What other connections have to say about the same records. (Default: nothing) */
  ownership?: Ownership | undefined;
}

export interface PullLimits {
  /** A feed that would lose more than this share and count of its records in one run stops. (Default: 0.2 and 20) */
  massDeleteShare: number;
  massDeleteCount: number;
  /** A scope that shrank by more than this share and count freezes its feed. (Default: 0.05 and 10) */
  shrinkShare: number;
  shrinkCount: number;
}

const defaultLimits: PullLimits = {
  massDeleteShare: 0.2,
  massDeleteCount: 20,
  shrinkShare: 0.05,
  shrinkCount: 10,
};

export function pullLimits({ limits }: Pick<PullRequest, 'limits'>): PullLimits {
  return { ...defaultLimits, ...limits };
}

/**
 * What became of the records read, each counted once however often it was read: read = created + updated + unchanged +
 * held + invalid + outOfScope. The others count what happened beside. outOfScope: they were in it until now. other: changed records of the same object that were not the
 * mapping's before either; they are not part of read.
 */
export interface PullCounts {
  read: number;
  created: number;
  updated: number;
  unchanged: number;
  held: number;
  invalid: number;
  outOfScope: number;
  other: number;
  deleted: number;
  merged: number;
  restored: number;
  leftScope: number;
  healed: number;
  /** References that are blank until their record arrives. */
  waiting: number;
  /** Values that are no good, of records that were taken without them. */
  invalidValues: number;
  conflicts: number;
  drift: number;
}

export function emptyCounts(): PullCounts {
  return {
    read: 0,
    created: 0,
    updated: 0,
    unchanged: 0,
    held: 0,
    invalid: 0,
    outOfScope: 0,
    other: 0,
    deleted: 0,
    merged: 0,
    restored: 0,
    leftScope: 0,
    healed: 0,
    waiting: 0,
    invalidValues: 0,
    conflicts: 0,
    drift: 0,
  };
}

/** What became of one record: a part of read, or another's record that is not. */
export type Fate = 'created' | 'updated' | 'unchanged' | 'held' | 'invalid' | 'outOfScope' | 'other';

/** What became of a record that the transaction at work has read. */
export interface Noted {
  entity: EntityName;
  crmId: string;
  fate: Fate;
  /** Whether its link was live before. */
  wasLive: boolean;
  /** Whether it came with everything, and not among changes. */
  full: boolean;
}

export interface ReadWhole {
  usual: Fate;
  /** It began once more in this pull. */
  again: boolean;
  /** It began in this pull: what is live was met in it, and not in one before. */
  tells: boolean;
}

/** A pull at work. */
export interface PullJob extends PullRequest {
  limits: PullLimits;
  /** Mappings of the object being read. */
  plans: readonly MappingPlan[];
  /** Mappings of the connection, by object and entity. */
  allPlans: readonly MappingPlan[];
  counts: Map<EntityName, PullCounts>;
  /** What became of records read so far, by entity and CRM id; those of which the links tell are left out. */
  fates: Map<EntityName, Map<string, Fate>>;
  /** What reading everything did to the records of which nothing else is kept. */
  readWhole: Map<EntityName, ReadWhole>;
  /** The same of what the transaction at work has read. */
  noted: Noted[];
  /** Fields that mappings name and the CRM does not show. */
  missingFields: readonly string[];
  /** Records deleted so far in this run, by entity. */
  deletedSoFar: Map<EntityName, number>;
  /** References that were looked up before, and the state of merges for which they hold. */
  knownReferences: Map<string, Map<string, string>>;
  mergeMark: string;
  /** Entities of which records wait to be read again, because the connection has come to decide something about them. */
  takesOver: Set<EntityName>;
  /** Writes new rows as if they might exist; after a first attempt has met one that does. */
  isCareful: boolean;
}

const none: ReadonlySet<string> = new Set();

export function makeJob(request: PullRequest, description: ObjectDescription): PullJob {
  const own = request.mappings.filter((mapping) => mapping.object === request.object);
  const missing = missingFields(own, description);
  const brought = request.mappings.filter((mapping) => mapping.of === undefined).map(({ entity }) => entity);
  const around = {
    ...request.context,
    entities: new Set(brought),
    notesBlank: (entity: EntityName) => notedBlanks(request, entity),
  };
  const plans = own.map((mapping) => planMapping(mapping, missing, around));
  const others = request.mappings.filter((mapping) => mapping.object !== request.object);
  return {
    ...request,
    description,
    limits: pullLimits(request),
    plans,
    allPlans: [...plans, ...others.map((mapping) => planMapping(mapping, none, around))],
    counts: new Map(),
    fates: new Map(),
    readWhole: new Map(),
    noted: [],
    missingFields: [...missing].sort(),
    deletedSoFar: new Map(),
    knownReferences: new Map(),
    mergeMark: '',
    takesOver: new Set(),
    isCareful: false,
  };
}

/** Attributes of which a blank is noted, because it leaves them to other connections. */
export function notedBlanks(
  { ownership, connection }: Pick<PullRequest, 'ownership' | 'connection'>,
  entity: EntityName,
): ReadonlySet<string> {
  if (ownership === undefined || !ownership.isShared(entity)) return none;
  return new Set(ownership.contested(connection, entity));
}

export function countsOf(job: PullJob, entity: EntityName): PullCounts {
  const known = job.counts.get(entity);
  if (known !== undefined) return known;
  const counts = emptyCounts();
  job.counts.set(entity, counts);
  return counts;
}

/** Name under which something that waits for a CRM record finds it. */
export function arrivalKey(entity: EntityName, crmId: string): string {
  return `${entity}:${crmId}`;
}

/** CRM objects that a reference of the mapping can point to. */
export function targetObjects(
  job: PullJob,
  plan: MappingPlan,
  reference: { field: string; entity: EntityName; object: string | undefined },
): string[] {
  if (reference.object !== undefined) return [reference.object];
  const mapped = plansOf(job.allPlans, reference.entity).map((each) => each.object);
  const described = plan.object === job.object ? job.description : undefined;
  const allowed = described?.fields.find((field) => field.name === reference.field)?.references ?? [];
  const narrowed = mapped.filter((object) => allowed.includes(object));
  return [...new Set(narrowed.length > 0 ? narrowed : mapped)];
}

export type Values = Record<string, AttributeValue>;
