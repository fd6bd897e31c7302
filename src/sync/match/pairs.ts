/** A record that carries a key. */
export interface Carrier {
  recordId: string;
  /** Connections with a live link to it. */
  connections: readonly string[];
  /** Its own contents give the key, and not only those of a record that was joined into it. */
  isOwn: boolean;
  /** What else it, and what was joined into it, is known by: rule and key in one word. */
  otherKeys: readonly string[];
}

export interface Pair {
  /** The record that stays when they are joined: that of the connection which comes first. */
  survivor: string;
  joined: string;
}

export interface Judgement {
  /** To be joined, one after the other. */
  joins: Pair[];
  /** For a person to decide; of the records as they are once the joins are done. */
  proposals: Pair[];
}

export interface JudgeOptions {
  /** The aliases in the order of tierlink.yaml. */
  order: readonly string[];
  /** Whether the rule joins by itself, at most where the two agree under a second rule. */
  mayJoin: boolean;
  needsSecond: boolean;
  /** Whether a person has said that two records are not the same, under whatever rule. */
  wasParted(one: string, other: string): boolean;
}

/** Carriers of one key from which on it says nothing about which company is meant, and proposes nothing. */
const crowd = 20;

/**
 * What follows from records carrying the same key. Two records with links in one same connection are that CRM's own
 * duplicates, never a match. A pair is joined only where each is the only carrier of its connections, so that there is
 * no other record it could be, and where they agree under a second rule if the key alone is not enough. Pure; the order of the
 * carriers makes no difference.
 */
export function judge(carriers: readonly Carrier[], options: JudgeOptions): Judgement {
  const joins: Pair[] = [];
  let left = sorted(carriers, options.order).slice();
  if (left.length > crowd) return { joins, proposals: [] };
  for (let pair = nextJoin(left, options); pair !== undefined; pair = nextJoin(left, options)) {
    const [survivor, joined] = pair;
    joins.push({ survivor: survivor.recordId, joined: joined.recordId });
    const both = {
      ...survivor,
      connections: [...survivor.connections, ...joined.connections],
      otherKeys: [...survivor.otherKeys, ...joined.otherKeys],
    };
    left = left.flatMap((each) => (each === survivor ? [both] : each === joined ? [] : [each]));
  }
  const proposals = pairsOf(left).map(([one, other]) => ({ survivor: one.recordId, joined: other.recordId }));
  return { joins, proposals };
}

/** Those of the earliest connection first. */
function sorted(carriers: readonly Carrier[], order: readonly string[]): Carrier[] {
  const rank = ({ connections }: Carrier) => Math.min(...connections.map((each) => order.indexOf(each)));
  return [...carriers].sort(
    (one, other) => rank(one) - rank(other) || (one.recordId < other.recordId ? -1 : 1),
  );
}

function nextJoin(carriers: readonly Carrier[], options: JudgeOptions): [Carrier, Carrier] | undefined {
  if (!options.mayJoin) return undefined;
  const isAlone = ({ recordId, connections, isOwn }: Carrier) =>
    isOwn &&
    carriers.every(
      (each) => each.recordId === recordId || !each.connections.some((alias) => connections.includes(alias)),
    );
  return pairsOf(carriers.filter(isAlone)).find(
    ([one, other]) =>
      (!options.needsSecond || one.otherKeys.some((key) => other.otherKeys.includes(key))) &&
      !options.wasParted(one.recordId, other.recordId),
  );
}

/** Every two records without a connection in common. */
function pairsOf(carriers: readonly Carrier[]): [Carrier, Carrier][] {
  return carriers.flatMap((one, index) =>
    carriers
      .slice(index + 1)
      .filter((other) => !other.connections.some((alias) => one.connections.includes(alias)))
      .map((other): [Carrier, Carrier] => [one, other]),
  );
}

/** A key with what follows from it and the records that carry it. */
interface Keyed extends Judgement {
  key: string;
  carriers: readonly string[];
}

/**
 * The first join of each key that has nothing to do with a key before it, and the keys that are to be judged anew after
 * these joins: those with a record in common with one before, or a record that a match names together with one of it, and
 * those with further joins. Pure.
 * @param beside records that a match names together with a carrier, by that carrier
 */
export function apart(
  judged: readonly Keyed[],
  beside: ReadonlyMap<string, readonly string[]>,
): { pairs: (Pair & { key: string })[]; left: string[] } {
  const pairs: (Pair & { key: string })[] = [];
  const left: string[] = [];
  const taken = new Set<string>();
  for (const { key, carriers, joins } of judged) {
    const involved = carriers.flatMap((id) => [id, ...(beside.get(id) ?? [])]);
    const isFree = involved.every((id) => !taken.has(id));
    const [first, ...others] = joins;
    if (isFree && first !== undefined) pairs.push({ ...first, key });
    if (!isFree || others.length > 0) left.push(key);
    for (const id of involved) taken.add(id);
  }
  return { pairs, left };
}
