/**
 * Works pages off, so many at once: while the database computes one, another is put together here. Pages are asked for one
 * after the other. Once one has failed no other is begun; those that are under way end, and then the failure is thrown.
 */
export async function sideBySide<Page>(
  atOnce: number,
  { next, work }: { next: () => Promise<Page | undefined>; work: (page: Page) => Promise<void> },
): Promise<void> {
  const failures: unknown[] = [];
  let isOver = false;
  let asked: Promise<unknown> = Promise.resolve();
  const askNext = async (): Promise<Page | undefined> => {
    const page = isOver || failures.length > 0 ? undefined : await next();
    isOver = page === undefined;
    return page;
  };
  const ask = async (): Promise<Page | undefined> => {
    const turn = asked.then(askNext);
    asked = turn.catch(() => undefined);
    return await turn;
  };
  const workOff = async (): Promise<void> => {
    try {
      for (let page = await ask(); page !== undefined; page = await ask()) await work(page);
    } catch (error) {
      failures.push(error);
    }
  };
  await Promise.all(Array.from({ length: atOnce }, workOff));
  if (failures.length > 0) throw failures[0];
}
