import type { ChangePage } from '../connector.ts';
import { type Engine, type PassConnection, report } from '../engine.ts';
import type { ChangesAhead } from './changes-ahead.ts';
import type { PullRequest } from './job.ts';

/** The connector, telling whoever watches how many records have come so far. */
export function watched(
  engine: Engine,
  connection: PassConnection,
  { object, ahead }: { object: string; ahead?: ChangesAhead },
): Pick<PullRequest, 'connector' | 'ahead'> {
  const connector = connection.connector();
  if (engine.onProgress === undefined) return { connector, ...(ahead === undefined ? {} : { ahead }) };
  let done = 0;
  const count = (records: number) => {
    done += records;
    report(engine, { connection: connection.alias, step: 'pull', object, state: 'going', done, total: null });
  };
  const changed = (pages: AsyncIterable<ChangePage>) => counted(pages, (page) => count(page.changed.length));
  return {
    connector: {
      check: (objects) => connector.check(objects),
      describe: (objects) => connector.describe(objects),
      count: (requests) => connector.count(requests),
      write: (request) => connector.write(request),
      recordUrl: (name, id) => connector.recordUrl(name, id),
      limits: () => connector.limits(),
      read: (request) => counted(connector.read(request), (page) => count(page.records.length)),
      changes: (requests) => connector.changes(requests).map(changed),
    },
    ahead: (request) => {
      const pages = ahead?.(request);
      return pages === undefined ? undefined : changed(pages);
    },
  };
}

async function* counted<Page>(pages: AsyncIterable<Page>, count: (page: Page) => void): AsyncIterable<Page> {
  for await (const page of pages) {
    count(page);
    yield page;
  }
}
