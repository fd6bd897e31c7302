/**
 * The pages of a run in their order, each once it is stored. A page begins as soon as the one before it is decided, so that
 * the database stores the one while the other is read and decided; never are more than two on their way.
 *
 * `begin` begins the next page, and is told by it when it is decided: from then on nothing of it stands in the way of
 * the next one. One that does not say so is waited for. `begin` resolves to undefined after the last page.
 */
export async function* storedInTurn<Page>(
  begin: (onDecided: () => void) => Promise<{ stored: Promise<Page> } | undefined>,
): AsyncGenerator<Page> {
  let storing: Promise<Page> | undefined;
  try {
    for (;;) {
      let decide = () => {};
      const decided = new Promise<void>((resolve) => {
        decide = resolve;
      });
      const page = await begin(decide);
      if (page === undefined) break;
      const mayGoOn = Promise.race([decided, page.stored]);
      // Where it fails while the page before is waited for, that one is told first.
      mayGoOn.catch(() => undefined);
      const before = storing;
      storing = page.stored;
      if (before !== undefined) yield await before;
      await mayGoOn;
    }
    if (storing !== undefined) yield await storing;
  } finally {
    // Whoever stops in between leaves no transaction open behind it.
    await Promise.allSettled([storing]);
  }
}
