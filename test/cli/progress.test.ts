import { describe, expect, it } from '@jest/globals';
import { type Style, styleOf } from '../../src/cli/io.ts';
import { createProgress, progressKind } from '../../src/cli/progress.ts';
import { recordingStream } from './harness.ts';

const style: Style = { width: 80, color: false, accessible: false, plain: false };

describe('progress', () => {
  it('moves on a terminal only, and never beside --json or --quiet', () => {
    const terminal = recordingStream({ isTTY: true });
    const off = { json: false, quiet: false };
    expect(progressKind(terminal, style, off)).toBe('moving');
    expect(progressKind(recordingStream(), style, off)).toBe('none');
    expect(progressKind(terminal, style, { ...off, json: true })).toBe('none');
    expect(progressKind(terminal, style, { ...off, quiet: true })).toBe('none');
  });

  it('is one plain line per 10 % for screen readers and dumb terminals', () => {
    const stream = recordingStream({ isTTY: true });
    const dumb = styleOf(stream, { TERM: 'dumb' }, { color: true, plain: false });
    const kind = progressKind(stream, dumb, { json: false, quiet: false });
    const step = createProgress(stream, kind, false).step('Deal');
    for (let done = 0; done <= 1000; done += 5) step.at(done, 1000);
    step.end('1,000 read');
    const lines = stream.text().trim().split('\n');
    expect(lines).toHaveLength(10);
    expect(lines[0]).toBe('Deal: 10 %');
    expect(lines[9]).toBe('Deal: 1,000 read');
    expect(stream.text()).not.toContain('\u001b');
  });

  it('keeps the last word of a step on a terminal', () => {
    const stream = recordingStream({ isTTY: true, columns: 80 });
    const progress = createProgress(stream, 'moving', false);
    const step = progress.step('Deal');
    step.at(50, 100);
    step.end('100 read');
    progress.stop();
    expect(stream.text()).toContain('100 read');
  });

  it('is silent in a pipe, where notes still are printed', () => {
    const stream = recordingStream();
    const progress = createProgress(stream, 'none', false);
    progress.step('Deal').at(1, 2);
    progress.note('one thing');
    expect(stream.text()).toBe('one thing\n');
  });
});
