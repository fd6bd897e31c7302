/** What of a row decides when it is sent. */
export interface Orderly {
  /** Id of an update, key of an upsert. */
  target: string;
  /** Rows that share it lock each other. */
  parent: string;
}

/** Rows of one target may not go out side by side: a second one waits for the next wave, so that it is the one that lasts. */
export function waves<Row extends Orderly>(rows: readonly Row[]): Row[][] {
  const list: Row[][] = [];
  const times = new Map<string, number>();
  for (const row of rows) {
    const target = row.target.toLowerCase();
    const wave = times.get(target) ?? 0;
    times.set(target, wave + 1);
    list[wave] ??= [];
    list[wave].push(row);
  }
  return list.map(byParent);
}

/** Children of one parent lock it together; side by side they share a call. */
function byParent<Row extends Orderly>(rows: readonly Row[]): Row[] {
  return [...rows].sort((left, right) =>
    left.parent < right.parent ? -1 : left.parent > right.parent ? 1 : 0,
  );
}
