import { describe, expect, it } from '@jest/globals';
import { foundOf } from '../../src/app/doctor/finding.ts';
import { TierlinkError } from '../../src/errors.ts';

describe('what an examination makes of an error', () => {
  it("is a failure with the error's own next step, where somebody must act", () => {
    const error = new TierlinkError('CRM_SIGN_IN', { connection: 'prod', reason: 'no' });
    expect(foundOf(error)).toEqual({
      status: 'fail',
      code: 'CRM_SIGN_IN',
      message: error.message,
      fix: error.actions[0],
    });
  });

  it('is unknown where it heals by itself, and tells no one to wait for what nothing repeats', () => {
    const error = new TierlinkError('CRM_UNREACHABLE', { connection: 'prod', reason: 'down' });
    expect(error.actions.join()).toContain('tries again by itself');
    expect(foundOf(error)).toEqual({
      status: 'unknown',
      code: 'CRM_UNREACHABLE',
      message: error.message,
      fix: expect.stringMatching(/network, proxy, firewall.*scheduled work goes on by itself/),
    });
    const busy = new TierlinkError('CRM_BUSY', { connection: 'prod', reason: 'busy' });
    expect(foundOf(busy).fix).toBe('Run tierlink doctor again later; scheduled work goes on by itself.');
  });

  it('is a failure with file and remedy, where the system refused a file', () => {
    const refused = { code: 'EROFS', syscall: 'open', path: '/x' };
    const error = Object.assign(new Error('EROFS: read-only file system, open'), refused);
    expect(foundOf(error)).toMatchObject({
      status: 'fail',
      message: expect.stringContaining('/x cannot be used: read-only file system (EROFS)'),
      fix: 'The disk is read-only: choose a folder on another one.',
    });
  });

  it('is unknown where it is none of ours', () => {
    expect(foundOf(new Error('odd'))).toMatchObject({ status: 'unknown', code: 'DOC-X01', message: 'odd' });
  });
});
