import { isTierlinkError, TierlinkError } from '../../src/errors.ts';
import type { Counted, CountRequest } from '../../src/sync/connector.ts';
import type { JsonRow } from '../shared/neutral-values.ts';
import type { Call } from './client.ts';
import type { Context } from './context.ts';
import { conditionsOf, type QueryAnswer, queryCall } from './query.ts';
import type { Select } from './soql.ts';
import { togetherOrAlone } from './together.ts';

/** Live records in each scope that the user sees, in all or by the month in which they were made; five counts to a call. */
export async function count(context: Context, requests: readonly CountRequest[]): Promise<Counted[]> {
  const described = requests.filter(({ scope, by }) => scope.where !== undefined || by !== undefined);
  await context.metadata.learn(described.map(({ object }) => object));
  const prepared: (Question | TierlinkError)[] = [];
  for (const request of requests) prepared.push(await questionOf(context, request));
  const asked = prepared.filter((each): each is Question => !(each instanceof TierlinkError));
  const calls = asked.map(({ call }) => call);
  const answers = (await togetherOrAlone<QueryAnswer>(context, calls)).values();
  return prepared.map((each) => {
    if (each instanceof TierlinkError) return each;
    const answer = answers.next().value!;
    return answer.fault ?? each.read(answer.body);
  });
}

/** What is asked, and what its answer means. */
interface Question {
  call: Call;
  read(answer: QueryAnswer): Exclude<Counted, TierlinkError>;
}

/** What to ask, or the error of an object that is not there any more. */
async function questionOf(context: Context, request: CountRequest): Promise<Question | TierlinkError> {
  const { object, scope, by } = request;
  try {
    const conditions = await conditionsOf(context, object, scope);
    if (by === undefined) return inAll({ object, conditions });
    const { fields } = await context.metadata.object(object);
    return fields.some(({ name }) => name === 'CreatedDate')
      ? byMonth({ object, conditions })
      : withoutMonths({ object, conditions });
  } catch (error) {
    if (isTierlinkError(error, 'CRM_OBJECT_MISSING')) return error;
    throw error;
  }
}

type Wanted = Pick<Select, 'object' | 'conditions'>;

function inAll(wanted: Wanted): Question {
  return { call: queryCall({ ...wanted, fields: ['COUNT()'] }), read: ({ totalSize }) => totalSize };
}

/** An object that does not tell when its records were made. */
function withoutMonths(wanted: Wanted): Question {
  const { call } = inAll(wanted);
  return { call, read: ({ totalSize }) => [{ month: null, records: totalSize }] };
}

const monthParts = ['CALENDAR_YEAR(CreatedDate)', 'CALENDAR_MONTH(CreatedDate)'] as const;

/**
 * Date functions read instants in UTC. A grouped query answers with 2,000 rows at most, which are months of 166 years.
 * https://developer.salesforce.com/docs/atlas.en-us.soql_sosl.meta/soql_sosl/sforce_api_calls_soql_select_date_functions.htm
 */
function byMonth(wanted: Wanted): Question {
  const [year, month] = monthParts;
  const fields = [`${year} y`, `${month} m`, 'COUNT(Id) n'];
  const call = queryCall({ ...wanted, fields, groupBy: monthParts });
  return { call, read: ({ records }) => records.map(monthOf) };
}

function monthOf({ y, m, n }: JsonRow): { month: string | null; records: number } {
  const month = y == null || m == null ? null : `${String(y).padStart(4, '0')}-${String(m).padStart(2, '0')}`;
  return { month, records: Number(n) };
}
