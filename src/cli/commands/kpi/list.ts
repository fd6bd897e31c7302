import { z } from 'zod';
import { listPartners } from '../../../app/partners.ts';
import { readKpis } from '../../../kpi/read.ts';
import { writtenKpis } from '../../../program/regional-kpis.ts';
import { defineCommand } from '../../command.ts';
import { formatCount } from '../../format.ts';
import { text } from './kpi.messages.ts';

export const kpiList = defineCommand({
  name: 'kpi list',
  summary: text.list.summary,
  examples: ['tierlink kpi list'],
  result: z.strictObject({
    program: z.string(),
    kpis: z.array(
      z.strictObject({
        kpi: z.string(),
        label: z.string(),
        unit: z.string(),
        help: z.string(),
        /** Partners that have a figure. */
        partners: z.int(),
        states: z.record(z.string(), z.int()),
      }),
    ),
  }),
  run: async ({ app }) => {
    const { store, program, clock } = await app();
    const partners = (await listPartners(store)).map(({ id }) => id);
    const values = await readKpis(store, { program, partners, now: clock.now() });
    const kpis = writtenKpis(program).map(([kpi, definition]) => {
      const own = values.filter((value) => value.kpi === kpi);
      const states: Record<string, number> = {};
      for (const { state } of own) states[state] = (states[state] ?? 0) + 1;
      return {
        kpi,
        label: definition.label,
        unit: definition.unit,
        help: definition.help,
        partners: own.filter(({ numerator }) => numerator !== null).length,
        states,
      };
    });
    return { result: { program: program.title, kpis } };
  },
  show: ({ kpis }, screen) => {
    const { columns } = text.list;
    screen.table(
      columns.map((title, index) => ({
        title,
        wrap: index === 6,
        once: index === 4,
        align: index > 2 && index < 6 ? 'right' : 'left',
      })),
      kpis.map((kpi) => {
        const current = kpi.states.current ?? 0;
        const other = Object.values(kpi.states).reduce((sum, count) => sum + count, 0) - current;
        return [
          kpi.kpi,
          kpi.label,
          kpi.unit,
          formatCount(kpi.partners),
          formatCount(current),
          other === 0 ? '' : formatCount(other),
          kpi.help,
        ];
      }),
    );
  },
});
