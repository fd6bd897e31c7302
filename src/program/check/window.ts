import type { WindowDefinition } from '../schema/kpi.ts';
import type { PathKey } from '../source.ts';
import type { Report } from './check.ts';
import type { FilterTarget } from './filter.ts';
import { checkDateAttribute } from './length.ts';

const windowKinds = ['last', 'lastFull', 'current', 'previous', 'next', 'elapsed', 'sinceStart'] as const;

/** Reports what is wrong with the windows of a measure or a condition; `path` is its own. */
export function checkWindows(
  report: Report,
  {
    windows,
    path,
    ...on
  }: FilterTarget & { windows: WindowDefinition | WindowDefinition[] | undefined; path: PathKey[] },
): void {
  [windows ?? []].flat().forEach((window, index) => {
    checkWindow(report, {
      ...on,
      window,
      path: [...path, 'window', ...(Array.isArray(windows) ? [index] : [])],
    });
  });
}

function checkWindow(
  report: Report,
  { entity, program, window, path }: FilterTarget & { window: WindowDefinition; path: PathKey[] },
): void {
  if (window.any !== undefined) {
    const beside = Object.keys(window).find((key) => key !== 'any');
    if (beside !== undefined)
      report(
        'PROGRAM_MISPLACED',
        [...path, beside],
        'cannot stand beside any; put it into one of its windows',
      );
    window.any.forEach((one, index) => {
      checkWindow(report, { entity, program, window: one, path: [...path, 'any', index] });
    });
    return;
  }
  const kinds = windowKinds.filter((kind) => window[kind] !== undefined);
  const isValidity = window.validFrom !== undefined || window.validThrough !== undefined;
  const used = kinds.length + (isValidity ? 1 : 0) + (window.catalogue === undefined ? 0 : 1);
  if (used !== 1) {
    report(
      'PROGRAM_NOT_ONE_OF',
      path,
      `a window is exactly one of ${windowKinds.join(', ')}, catalogue, any or validFrom/validThrough`,
    );
    return;
  }
  if (window.catalogue !== undefined) {
    if (entity !== 'certification')
      report(
        'PROGRAM_WRONG_RECORDS',
        [...path, 'catalogue'],
        `only a certification is in the catalogue, not a ${entity}`,
      );
    else if (program.certificates === undefined)
      report('PROGRAM_MISSING_PART', [...path, 'catalogue'], 'the program has no certificates', [
        'certificates',
      ]);
    for (const key of ['ago', 'ahead', 'by'] as const)
      if (window[key] !== undefined)
        report('PROGRAM_NO_EFFECT', [...path, key], 'the catalogue says itself when a code counts');
    return;
  }
  if (!isValidity && window.by === undefined)
    report('PROGRAM_INCOMPLETE', path, 'a window needs "by", the date that must lie in it');
  if (window.lastFull?.includes('day'))
    report('PROGRAM_OUT_OF_RANGE', [...path, 'lastFull'], 'whole periods are months, quarters or years');
  const movable = window.last ?? window.lastFull ?? window.current ?? window.previous;
  if (window.ago !== undefined && movable === undefined && !isValidity) {
    report(
      'PROGRAM_MISPLACED',
      [...path, 'ago'],
      'only last, lastFull, current, previous and validFrom/validThrough can be moved back',
    );
  }
  if (window.ahead !== undefined && (!isValidity || window.ago !== undefined)) {
    report(
      'PROGRAM_MISPLACED',
      [...path, 'ahead'],
      isValidity
        ? 'a day is moved back or ahead; use ago or ahead, not both'
        : 'only validFrom/validThrough look ahead; what lies in the days to come is next',
    );
  }
  for (const key of ['by', 'validFrom', 'validThrough'] as const) {
    const text = window[key];
    if (text !== undefined) checkDateAttribute(report, { entity, program, text, path: [...path, key] });
  }
}
