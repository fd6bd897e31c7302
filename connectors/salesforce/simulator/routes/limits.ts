import { badRequest } from '../api-errors.ts';
import type { RegisterRoutes } from '../context.ts';

const FIXED: Record<string, number> = {
  ActiveScratchOrgs: 3,
  DailyBulkApiBatches: 15_000,
  DailyBulkV2QueryFileStorageMB: 976_562,
  DailyBulkV2QueryJobs: 10_000,
  DailyAsyncApexExecutions: 250_000,
  DailyDeliveredPlatformEvents: 10_000,
  DailyStreamingApiEvents: 10_000,
  DataStorageMB: 1024,
  FileStorageMB: 1024,
  HourlyPublishedPlatformEvents: 50_000,
  MassEmail: 10,
  SingleEmail: 15,
};

/** The org's allowances, and roughly how many records objects hold. */
export const registerLimitRoutes: RegisterRoutes = (app, context) => {
  app.get('/services/data/:version/limits', async (request) => {
    context.callerOf(request);
    const { calls } = context;
    return {
      DailyApiRequests: { Max: calls.max, Remaining: Math.max(0, calls.max - calls.total) },
      ...Object.fromEntries(Object.entries(FIXED).map(([name, max]) => [name, { Max: max, Remaining: max }])),
    };
  });
  app.get<{ Querystring: { sObjects?: string } }>(
    '/services/data/:version/limits/recordCount',
    async (request) => {
      const caller = context.callerOf(request);
      const asked = request.query.sObjects?.split(',').filter((name) => name.trim() !== '') ?? [];
      const names = asked.length > 0 ? asked : context.org.schema.objects().map((object) => object.name);
      const counts = names.flatMap((name) => {
        const object = context.org.schema.object(name.trim());
        if (object === undefined || !caller.canReadObject(object)) {
          if (asked.length === 0) return [];
          throw badRequest('INVALID_TYPE', `sObject type '${name}' is not supported.`);
        }
        return [{ count: context.org.state.table(object).rows.size, name: object.name }];
      });
      return { sObjects: counts.filter((each) => each.count > 0) };
    },
  );
};
