import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { listDifferences } from '../../src/sync/push/differences.ts';
import { groupRejects } from '../../src/sync/push/rejects.ts';
import { openStage, type Stage } from './stage.ts';

let stage: Stage;
let aspen: string;
let beech: string;
let later: string;
let levels: Record<'Registered' | 'Silver', string>;
let members: Record<'aspen' | 'later', string>;

const add = (object: string, row: Record<string, string>) => stage.org.bulkLoad(object, [row])[0]!;
const levelOf = (member: string) => stage.cast.record(member).LevelId ?? null;

/** Aspen and an account that is no partner yet are members of a channel program; Beech is not. */
beforeAll(async () => {
  stage = await openStage({ start: '2026-03-02T10:00:00Z' });
  const { cast } = stage;
  aspen = cast.partner('Aspen');
  beech = cast.partner('Beech');
  later = cast.customer('Later', { Partner_Type__c: 'reseller', Partner_Start_Date__c: '2024-01-01' });
  for (const account of [aspen, beech]) {
    cast.certified(account, 2);
    cast.won(account, 150_000, '2025-11-01');
  }
  const ProgramId = add('ChannelProgram', { Name: 'Our Program' });
  const level = (Name: string) => add('ChannelProgramLevel', { Name, ProgramId });
  levels = { Registered: level('Registered'), Silver: level('Silver') };
  const member = (PartnerId: string) =>
    add('ChannelProgramMember', { PartnerId, ProgramId, LevelId: levels.Registered });
  members = { aspen: member(aspen), later: member(later) };
  await stage.pass();
});
afterAll(() => stage.close());

const partners = async () => await stage.store.query('select id from tierlink.partner');

describe('members of a channel program', () => {
  it('describe partners and add none; one whose account is no partner yet waits for it', async () => {
    expect(await partners()).toHaveLength(2);
    expect(levelOf(members.aspen)).toBe(levels.Registered);
    const held = await stage.store.query('select object, crm_id, attribute from tierlink.held');
    expect(held).toEqual([{ object: 'ChannelProgramMember', crm_id: members.later, attribute: 'PartnerId' }]);
  });

  it('get the level of the name of their tier once the program owns it, and no member is made', async () => {
    await stage.takeOver();
    await stage.pass();
    expect(levelOf(members.aspen)).toBe(levels.Silver);
    expect(stage.cast.record(aspen)).toMatchObject({ Partner_Tier__c: 'Silver' });
    expect(stage.cast.record(beech)).toMatchObject({ Partner_Tier__c: 'Silver' });
    expect(stage.org.dump('ChannelProgramMember')).toHaveLength(2);
    const before = stage.writes();
    await stage.pass();
    await stage.pass({ full: true });
    expect(stage.writes()).toBe(before);
  });

  it('follow as soon as their account is a partner', async () => {
    stage.cast.edit(later, { RecordTypeId: stage.cast.recordType('Partner') });
    stage.cast.certified(later, 2);
    stage.cast.won(later, 150_000, '2025-11-01');
    await stage.pass();
    expect(await partners()).toHaveLength(3);
    expect(levelOf(members.later)).toBe(levels.Silver);
  });

  it('keep a level that somebody set by hand, which is reported', async () => {
    stage.cast.edit(members.later, { LevelId: levels.Registered });
    await stage.pass();
    expect(levelOf(members.later)).toBe(levels.Registered);
    expect(await listDifferences(stage.store)).toMatchObject([
      { object: 'ChannelProgramMember', attribute: 'tier', ours: 'Silver', theirs: 'Registered' },
    ]);
  });

  it('go with the survivor of a merge', async () => {
    stage.cast.merge(beech, [aspen]);
    await stage.pass();
    const [link] = await stage.store.query<{ name: string }>(
      `select p.name from tierlink.link l join tierlink.partner p on p.id = l.record_id where l.crm_id = $1`,
      [members.aspen],
    );
    expect(link).toEqual({ name: 'Beech' });
    expect(levelOf(members.aspen)).toBe(levels.Silver);
  });

  it('say which level is missing, and get it the day after it was made', async () => {
    stage.cast.won(beech, 900_000, '2026-03-01');
    stage.cast.won(beech, 1_000, '2026-02-01');
    stage.cast.open(beech, 1_500_000, '2026-09-01');
    stage.cast.certified(beech, 4);
    await stage.passAt('2026-03-03T06:00:00Z');
    expect(await stage.why('Beech')).toMatchObject({ tier: 'Gold' });
    expect(stage.cast.record(beech)).toMatchObject({ Partner_Tier__c: 'Gold' });
    expect(levelOf(members.aspen)).toBe(levels.Silver);
    const [group] = await groupRejects(stage.store);
    expect(group).toMatchObject({
      object: 'ChannelProgramMember',
      field: 'LevelId',
      state: 'invalid',
      count: 1,
    });
    expect(group!.meaning).toContain('ChannelProgramLevel');
    expect(group!.meaning).toContain('"Gold"');
    const ProgramId = String(stage.cast.record(levels.Silver).ProgramId);
    const gold = add('ChannelProgramLevel', { Name: 'Gold', ProgramId });
    await stage.passAt('2026-03-04T07:00:00Z');
    expect(levelOf(members.aspen)).toBe(gold);
    expect(await groupRejects(stage.store)).toEqual([]);
  });
});
