import { isWrite, type PlanItem, type PlannedWrite } from './item.ts';

/** Some items of a plan with what has to be created before them: a record does not go without the one that it belongs to. */
export function withParents(all: readonly PlanItem[], some: readonly PlanItem[]): PlanItem[] {
  const parents = new Map(all.filter(isWrite).map(({ key, after }) => [key, after]));
  const keys = new Set<string>();
  const waiting = some.map(({ key }) => key);
  for (let key = waiting.pop(); key !== undefined; key = waiting.pop()) {
    if (keys.has(key)) continue;
    keys.add(key);
    for (const parent of parents.get(key) ?? []) waiting.push(parent.key);
  }
  return all.filter(({ key }) => keys.has(key));
}

/** Whether a write of a plan can go by what is chosen in it: what it belongs to is created, or is there. */
export function parentsGo(items: readonly PlanItem[]): (item: PlannedWrite) => boolean {
  const writes = new Map(items.filter(isWrite).map((item) => [item.key, item]));
  const verdicts = new Map<string, boolean>();
  const isMade = (key: string): boolean => {
    const item = writes.get(key);
    return item?.changes.some(({ choice }) => choice === 'ours') === true && canGo(item);
  };
  const canGo = (item: PlannedWrite): boolean => {
    const known = verdicts.get(item.key);
    if (known !== undefined) return known;
    // A file may say that a record belongs to itself; such a one is never created.
    verdicts.set(item.key, false);
    const verdict = item.after.every(({ key }) => isMade(key));
    verdicts.set(item.key, verdict);
    return verdict;
  };
  return canGo;
}
