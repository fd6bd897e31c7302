import { describe, expect, it } from '@jest/globals';
import { momentOf, withOffset } from '../../src/cli/moment.ts';

const now = Date.parse('2026-03-29T12:00:00.000Z');
const moment = (typed: string, isEnd = false) =>
  momentOf(typed, { flag: '--since', command: 'audit', zone: 'Europe/Stockholm', now, isEnd });

describe('moments', () => {
  it('are days ago, days of the zone and instants', () => {
    expect(moment('1d')).toBe('2026-03-28T12:00:00.000Z');
    expect(moment('2026-03-29')).toBe('2026-03-28T23:00:00.000Z');
    // That day has 23 hours.
    expect(moment('2026-03-29', true)).toBe('2026-03-29T22:00:00.000Z');
    expect(moment('2026-03-29T10:00+02:00')).toBe('2026-03-29T08:00:00.000Z');
    expect(moment('2026-03-29T08:00:00.5Z', true)).toBe('2026-03-29T08:00:00.500Z');
  });

  it.each([
    '',
    '30',
    'd',
    '2026-02-30',
    '2026-13-01',
    '2026-03-29T10:00',
    '2026-03-29T25:00:00Z',
    '29.3.2026',
  ])('are not %j', (typed) => expect(() => moment(typed)).toThrow('--since'));

  it('are written as the clocks of a zone show them', () => {
    const at = (iso: string, zone: string) => withOffset(iso, zone);
    expect(at('2026-03-29T00:59:59.999Z', 'Europe/Stockholm')).toBe('2026-03-29T01:59:59.999+01:00');
    expect(at('2026-03-29T01:00:00.000Z', 'Europe/Stockholm')).toBe('2026-03-29T03:00:00.000+02:00');
    expect(at('2026-10-24T22:30:00.000Z', 'Asia/Kathmandu')).toBe('2026-10-25T04:15:00.000+05:45');
    expect(at('2026-01-01T03:00:00.000Z', 'America/New_York')).toBe('2025-12-31T22:00:00.000-05:00');
    expect(at('2026-01-01T00:00:00.000Z', 'Europe/London')).toBe('2026-01-01T00:00:00.000Z');
    expect(at('2026-01-01T00:00:00.000Z', 'UTC')).toBe('2026-01-01T00:00:00.000Z');
  });
});
