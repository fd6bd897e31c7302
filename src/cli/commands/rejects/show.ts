import { z } from 'zod';
import { adviceOf, showReject, stateOfReject } from '../../../sync/push/rejects.ts';
import { recordAddress } from '../../../sync/records/record-address.ts';
import { defineCommand } from '../../command.ts';
import { formatValue } from '../../format.ts';
import { stateWord } from '../../state-words.ts';
import { text } from './rejects.messages.ts';

export const rejectsShow = defineCommand({
  name: 'rejects show',
  summary: text.show.summary,
  args: { id: { help: text.show.id, required: true } },
  examples: ['tierlink rejects show x-000012'],
  result: z.strictObject({
    id: z.string(),
    state: z.enum(['invalid', 'rejected']),
    connection: z.string(),
    object: z.string(),
    entity: z.string(),
    crmId: z.string(),
    recordId: z.string(),
    url: z.string().nullable(),
    attribute: z.string(),
    code: z.string(),
    vendorCode: z.string().nullable(),
    message: z.string(),
    owner: z.string(),
    retry: z.string(),
    next: z.string(),
    attempts: z.int(),
    firstAt: z.string(),
    lastAt: z.string(),
    retryAt: z.string().nullable(),
    runId: z.string().nullable(),
    payload: z.record(z.string(), z.unknown()),
  }),
  run: async ({ args, app }) => {
    const opened = await app();
    const row = await showReject(opened.store, args.id);
    return {
      result: {
        id: row.id,
        state: stateOfReject(row),
        connection: row.connection,
        object: row.object,
        entity: row.entity,
        crmId: row.crm_id,
        recordId: row.record_id,
        url:
          row.crm_id === ''
            ? null
            : recordAddress(opened.connection(row.connection), { object: row.object, crmId: row.crm_id }),
        attribute: row.attribute,
        code: row.code,
        vendorCode: row.vendor_code,
        message: row.message,
        ...adviceOf(row),
        attempts: row.attempts,
        firstAt: row.first_at,
        lastAt: row.last_at,
        retryAt: row.retry_at,
        runId: row.run_id,
        payload: row.payload,
      },
      next: [text.show.retry(row.id, adviceOf(row).retry)],
    };
  },
  show: (reject, screen) => {
    screen.line(`${reject.code}: ${reject.message}`);
    screen.line();
    screen.facts([
      ['Id', reject.id],
      ['State', stateWord(screen, 'record', reject.state)],
      ['Whose job', reject.owner],
      ['What to do', reject.next],
      ['Record', `${reject.object} ${reject.crmId}`],
      ['Address', reject.url ?? '-'],
      ['Attribute', reject.attribute || '-'],
      ["CRM's code", reject.vendorCode ?? '-'],
      [
        'Attempts',
        `${reject.attempts}, ${screen.instant(reject.firstAt)} to ${screen.instant(reject.lastAt)}`,
      ],
      ['Next attempt', screen.instant(reject.retryAt)],
      ['Run', reject.runId ?? '-'],
    ]);
    screen.line();
    screen.facts(Object.entries(reject.payload).map(([name, value]) => [name, formatValue(value)]));
  },
});
