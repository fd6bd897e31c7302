import type { RegisterRoutes } from '../context.ts';
import { attributesOf } from '../format.ts';
import type { Row } from '../types.ts';
import { versionOf } from '../versions.ts';

const MOST_ITEMS = 200;

/** How many items a client asks for; 200 when it does not say. */
function limitOf(text: string | undefined): number {
  const asked = Math.floor(Number(text ?? MOST_ITEMS));
  return asked >= 1 ? Math.min(asked, MOST_ITEMS) : MOST_ITEMS;
}

/** The records that the caller was the last to change, newest first. (Nobody looks at records here.) */
export const registerRecentRoutes: RegisterRoutes = (app, context) => {
  app.get<{ Params: { version: string }; Querystring: { limit?: string } }>(
    '/services/data/:version/recent',
    async (request) => {
      const caller = context.callerOf(request);
      const version = versionOf(request.params.version);
      const at = (row: Row): number => Number(row.LastModifiedDate);
      return context.org.schema
        .objects()
        .filter((object) => object.mruEnabled && caller.canReadObject(object))
        .flatMap((object) =>
          [...context.org.rows(object.name)]
            .filter((row) => row.LastModifiedById === caller.userId && row.IsDeleted !== true)
            .map((row) => ({ object, row })),
        )
        .sort((a, b) => at(b.row) - at(a.row))
        .slice(0, limitOf(request.query.limit))
        .map(({ object, row }) => ({
          attributes: attributesOf(object, String(row.Id), version),
          Id: row.Id,
          Name: row.Name ?? null,
        }));
    },
  );
};
