/**
 * Makes a function that works something out from a loaded program, and is asked the same for each of thousands of partners, work
 * it out once. What it found is kept as long as the program, which nobody changes once it is loaded.
 */
export function rememberedWith<Of extends object, Key, Result>(
  work: (program: Of, key: Key) => Result,
): (program: Of, key: Key) => Result {
  const kept = new WeakMap<Of, Map<Key, Result>>();
  return (program, key) => {
    const known = kept.get(program) ?? new Map<Key, Result>();
    kept.set(program, known);
    if (!known.has(key)) known.set(key, work(program, key));
    return known.get(key)!;
  };
}
