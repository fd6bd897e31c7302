/**
 * Reads one item ahead, so that the next page is fetched, parsed and prepared while this one is stored. An error of the
 * source is thrown when its item would have come; ending early ends the source too.
 */
export async function* readAhead<T, R>(
  source: AsyncIterable<T>,
  prepare: (item: T) => R | Promise<R>,
): AsyncGenerator<R> {
  const iterator = source[Symbol.asyncIterator]();
  let next = ask(iterator, prepare);
  try {
    while (true) {
      const item = await next;
      if (item === undefined) return;
      next = ask(iterator, prepare);
      yield item.value;
    }
  } finally {
    await next.catch(() => undefined);
    await iterator.return?.();
  }
}

/** The next item, prepared; undefined at the end. A failure is kept until somebody waits for it. */
function ask<T, R>(
  iterator: AsyncIterator<T>,
  prepare: (item: T) => R | Promise<R>,
): Promise<{ value: R } | undefined> {
  const next = iterator
    .next()
    .then(async ({ done, value }) => (done === true ? undefined : { value: await prepare(value) }));
  next.catch(() => undefined);
  return next;
}
