/** Draws that repeat: the same seed gives the same rows. */
export interface Draw {
  /** A number from 0 up to 1. */
  unit(): number;
  /** A whole number, both ends included. */
  between(low: number, high: number): number;
  pick<T>(items: readonly T[]): T;
  chance(probability: number): boolean;
  /** Prefers the first items: the weight of the n-th is 1 / (n + 1). */
  pickSkewed<T>(items: readonly T[]): T;
}

/** Mulberry32: small, fast and good enough for sample data. */
export function createDraw(seed: number): Draw {
  let state = seed >>> 0;
  const unit = (): number => {
    state = (state + 0x6d2b79f5) >>> 0;
    let mixed = Math.imul(state ^ (state >>> 15), state | 1);
    mixed ^= mixed + Math.imul(mixed ^ (mixed >>> 7), mixed | 61);
    return ((mixed ^ (mixed >>> 14)) >>> 0) / 4_294_967_296;
  };
  const at = <T>(items: readonly T[], index: number): T => {
    const item = items[Math.min(index, items.length - 1)];
    if (item === undefined) throw new Error('There is nothing to pick from');
    return item;
  };
  return {
    unit,
    between: (low, high) => low + Math.floor(unit() * (high - low + 1)),
    pick: (items) => at(items, Math.floor(unit() * items.length)),
    chance: (probability) => unit() < probability,
    pickSkewed: (items) => {
      const total = items.reduce((sum, _item, index) => sum + 1 / (index + 1), 0);
      let left = unit() * total;
      const found = items.findIndex((_item, index) => {
        left -= 1 / (index + 1);
        return left <= 0;
      });
      return at(items, found < 0 ? items.length - 1 : found);
    },
  };
}
