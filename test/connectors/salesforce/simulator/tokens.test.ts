import { describe, expect, it } from '@jest/globals';
import { createTokenService } from '../../../../connectors/salesforce/simulator/tokens.ts';
import { freshOrg } from './fresh-org.ts';

function service() {
  const { org, users } = freshOrg();
  let time = 0;
  const tokens = createTokenService({
    orgId15: org.id.slice(0, 15),
    callerFor: (userId) => (userId === users.admin ? org.admin : undefined),
    now: () => time,
    idleMs: 1000,
  });
  return { tokens, users, wait: (ms: number) => (time += ms) };
}

describe('sessions', () => {
  it('have tokens shaped as the platform shapes them, each its own', () => {
    const { tokens, users } = service();
    const [one, two] = [tokens.issue(users.admin), tokens.issue(users.admin)];
    expect(one).toMatch(/^00D[A-Za-z0-9]{12}![\w.-]{20,}$/);
    expect(one).not.toBe(two);
    expect(tokens.verify(one)?.userId).toBe(users.admin);
    expect(tokens.userOf(two)).toBe(users.admin);
  });

  it('slide on use and end in silence', () => {
    const { tokens, users, wait } = service();
    const token = tokens.issue(users.admin);
    wait(900);
    expect(tokens.verify(token)).toBeDefined();
    wait(900);
    expect(tokens.verify(token)).toBeDefined();
    wait(1001);
    expect(tokens.verify(token)).toBeUndefined();
  });

  it('end one by one or all at once', () => {
    const { tokens, users } = service();
    const [one, two, three] = [1, 2, 3].map(() => tokens.issue(users.admin));
    tokens.expire(String(one));
    expect([tokens.userOf(String(one)), tokens.userOf(String(two))]).toEqual([undefined, users.admin]);
    tokens.expire('all');
    expect([tokens.userOf(String(two)), tokens.userOf(String(three))]).toEqual([undefined, undefined]);
  });

  it('are of no use to a user who is gone', () => {
    const { tokens } = service();
    expect(tokens.verify(tokens.issue('005000000000001AAA'))).toBeUndefined();
    expect(tokens.verify('00Dinvented!token')).toBeUndefined();
  });
});
