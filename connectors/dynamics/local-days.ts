import type { Context } from './context.ts';
import type { DayStart } from './values-out.ts';
import type { LaneRequest } from './write.ts';

export async function dayStarts(_context: Context, _lane: LaneRequest): Promise<DayStart> {
  return (day) => `${day}T00:00:00Z`;
}
