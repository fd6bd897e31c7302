import { type EntityName, entities } from '../model/entities.ts';
import { goesDown } from '../plan/chosen.ts';
import {
  isDifference,
  isMove,
  isWrite,
  type Plan,
  type PlanItem,
  type PlannedMove,
  type PlannedWrite,
} from '../plan/item.ts';

/** A plan in the order in which people go through it. */
export interface PlanSection {
  name: SectionName;
  groups: PlanGroup[];
}

/** decide: both sides disagree. left: what an undo does not put back. down: tiers that go down. */
export type SectionName = 'decide' | 'left' | 'down' | 'changes' | 'other' | 'links' | 'merges' | 'invalid';

/** What is about one partner; null where it is about none, or the section is not by partner. */
export interface PlanGroup {
  partner: { id: string; name: string } | null;
  items: PlanItem[];
}

/** Records that the program makes for partners, of which many come at once, and say little one by one. */
export interface Folded {
  object: string;
  entity: EntityName;
  count: number;
  /** Why they are left as they are, in a plan of an undo; null where they are made. */
  left: string | null;
}

/** Below the partner's own record: what a decision came to, then its figures. */
const order: readonly EntityName[] = ['partner', 'decision', 'membership', 'kpiPeriod'];

/** The sections of a plan that have something in them, each partner in one of them with all that is about it. */
export function sectionsOf({ head, items }: Pick<Plan, 'head' | 'items'>): PlanSection[] {
  const names = new Map(head.partners.map(({ id, name }) => [id, name ?? id]));
  const single = (test: (item: PlanItem) => boolean): PlanGroup[] => {
    const own = items.filter(test);
    return own.length === 0 ? [] : [{ partner: null, items: own }];
  };
  const groups = groupsByPartner(items.filter(isByPartner), names);
  const isDown = (group: PlanGroup) => group.items.some(isAboutDown);
  const sections: PlanSection[] = [
    { name: 'decide', groups: single(isDifference) },
    { name: 'left', groups: single(({ kind }) => kind === 'left') },
    { name: 'down', groups: groups.filter((group) => group.partner !== null && isDown(group)) },
    { name: 'changes', groups: groups.filter((group) => group.partner !== null && !isDown(group)) },
    { name: 'other', groups: groups.filter(({ partner }) => partner === null) },
    { name: 'links', groups: single(({ kind }) => kind === 'link' || kind === 'unlink') },
    { name: 'merges', groups: single(({ kind }) => kind === 'merge') },
    { name: 'invalid', groups: single(({ kind }) => kind === 'invalid') },
  ];
  return sections.filter((section) => section.groups.length > 0);
}

function isByPartner(item: PlanItem): item is PlannedWrite | PlannedMove {
  return isWrite(item) || isMove(item);
}

function isAboutDown(item: PlanItem): boolean {
  return item.kind === 'tier_down' || (isWrite(item) && goesDown(item));
}

function groupsByPartner(
  items: readonly (PlannedWrite | PlannedMove)[],
  names: ReadonlyMap<string, string>,
): PlanGroup[] {
  const found = new Map<string | null, (PlannedWrite | PlannedMove)[]>();
  for (const item of items) {
    const partner = item.partners[0] ?? null;
    const own = found.get(partner);
    if (own === undefined) found.set(partner, [item]);
    else own.push(item);
  }
  return [...found]
    .map(([id, own]) => ({
      partner: id === null ? null : { id, name: names.get(id) ?? id },
      items: own.sort((one, other) => rankOf(one) - rankOf(other)),
    }))
    .sort((one, other) => compareNames(one.partner?.name ?? '', other.partner?.name ?? ''));
}

function compareNames(one: string, other: string): number {
  const [left, right] = [one.toLowerCase(), other.toLowerCase()];
  return left < right ? -1 : Number(left > right);
}

function rankOf(item: PlannedWrite | PlannedMove): number {
  if (isMove(item)) return 0;
  const place = order.indexOf(item.entity);
  return place === -1 ? order.length + 1 : place + 1;
}

/** Takes out of sections what can be told as a number, and counts it by object. What waits for an approval stays. */
export function fold(sections: readonly PlanSection[]): { sections: PlanSection[]; folded: Folded[] } {
  const counts = new Map<string, Folded>();
  const isFolded = (item: PlanItem) => {
    const isMade = item.kind === 'create' && !goesDown(item);
    const isLeft = item.kind === 'left' && item.attribute === null;
    if (!(isMade || isLeft) || entities[item.entity].origin !== 'program') return false;
    const { object, entity } = item;
    const left = isLeft ? item.why : null;
    const place = `${object} ${entity} ${left}`;
    counts.set(place, { object, entity, left, count: (counts.get(place)?.count ?? 0) + 1 });
    return true;
  };
  const rest = sections
    .map(({ name, groups }) => ({
      name,
      groups: groups
        .map(({ partner, items }) => ({ partner, items: items.filter((item) => !isFolded(item)) }))
        .filter(({ items }) => items.length > 0),
    }))
    .filter(({ groups }) => groups.length > 0);
  return { sections: rest, folded: [...counts.values()] };
}
