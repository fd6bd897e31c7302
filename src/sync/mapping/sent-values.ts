/** CRM values by the value of ours that they stand for: `map` of a transform of kind values. */
type ValueMap = Readonly<Record<string, string>>;

/** The CRM value that is sent for one of ours: the first that stands for it, of whole numbers the smallest. */
export function sentValue(map: ValueMap, ours: string): string | undefined {
  return Object.keys(map).find((theirs) => map[theirs] === ours);
}

/** All CRM values that may be sent; the others of the map are only read. */
export function sentValues(map: ValueMap): string[] {
  return Object.keys(map).filter((theirs) => sentValue(map, map[theirs]!) === theirs);
}
