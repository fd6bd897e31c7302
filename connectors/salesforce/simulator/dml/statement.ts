import type { OrgState } from '../state.ts';
import type { Caller, DmlOptions, DmlResult, ObjectMeta, Row } from '../types.ts';
import { RowRefusal } from './refusal.ts';

/** One write statement: its rows share the caller, the options and one stamp. */
export interface Statement {
  state: OrgState;
  object: ObjectMeta;
  caller: Caller;
  options: DmlOptions;
  /** Epoch milliseconds in whole seconds: when the statement ran, not when it became visible. */
  stamp: number;
}

export function openStatement(
  state: OrgState,
  object: ObjectMeta,
  given: { caller: Caller; options: DmlOptions },
): Statement {
  return { state, object, ...given, stamp: Math.floor(state.clock.now() / 1000) * 1000 };
}

export function succeeded(id: string, created: boolean): DmlResult {
  return { id, success: true, created, errors: [] };
}

function failed(error: unknown): DmlResult {
  if (!(error instanceof RowRefusal)) throw error;
  return { id: null, success: false, created: false, errors: [error.error] };
}

const ROLLED_BACK: DmlResult = {
  id: null,
  success: false,
  created: false,
  errors: [
    {
      statusCode: 'ALL_OR_NONE_OPERATION_ROLLED_BACK',
      message:
        'Record rolled back because not all records were valid and the request was using AllOrNone header',
      fields: [],
      status: 400,
    },
  ],
};

/** Runs the work for each input; a refused row leaves no trace, and with allOrNone it takes the others with it. */
export function runRows<T>(
  statement: Statement,
  inputs: T[],
  work: (input: T, index: number) => DmlResult,
): DmlResult[] {
  const { state } = statement;
  const whole = state.savepoint();
  const results = inputs.map((input, index) => {
    const mark = state.savepoint();
    try {
      const result = work(input, index);
      state.release();
      return result;
    } catch (error) {
      state.rollback(mark);
      return failed(error);
    }
  });
  if (statement.options.allOrNone === true && results.some((result) => !result.success)) {
    state.rollback(whole);
    return results.map((result) => (result.success ? ROLLED_BACK : result));
  }
  state.release();
  return results;
}

/** The stamps of a row that this statement changes. */
export function stamped(statement: Statement, row: Row): Row {
  return {
    ...row,
    LastModifiedDate: statement.stamp,
    LastModifiedById: statement.caller.userId,
    SystemModstamp: statement.stamp,
  };
}
