import type { Row } from '../../connectors/salesforce/simulator/types.ts';
import { day } from '../services/channel-org.ts';
import {
  afterBlindPass,
  afterBrokenPass,
  afterEdit,
  afterPass,
  atFirst,
  distinct,
  type Sides,
  type Value,
} from './convergence-model.ts';
import type { OurEdit, People, Step, TheirEdit } from './convergence-steps.ts';
import { at, done, trade } from './convergence-trade.ts';
import { type Ending, type Shared, shared, type World } from './convergence-world.ts';

/** One attribute of one record, and what may be. */
interface Entry {
  what: Shared;
  crmId: string;
  may: Sides[];
}

interface Edit {
  what: Shared;
  crmId: string;
  value: Value;
  key: string;
  told: string;
}

/** What somebody did in the CRM during a pass; edit: null when records came, went or moved. */
interface Meanwhile {
  edit: Edit | null;
}

/** Plays a history and keeps the model beside it; throws as soon as what is there is not among what may be. */
export class Play {
  readonly #world: World;
  /** What may be, by attribute and record. */
  readonly #sides = new Map<string, Entry>();
  readonly #removed: string[] = [];
  #isBlind = false;
  readonly story: string[] = [];

  constructor(world: World) {
    this.#world = world;
    for (const what of shared) {
      for (const row of this.#inPlay(what))
        this.#sides.set(keyOf(what, row), {
          what,
          crmId: String(row.Id),
          may: [atFirst(fieldOf(row, what))],
        });
    }
  }

  async step(step: Step): Promise<void> {
    this.#world.clock.time += 3_000;
    const told = await this.#do(step);
    this.story.push(`${JSON.stringify(step)}: ${told}`);
  }

  /** Takes a pass into account, and what somebody did in the CRM meanwhile. */
  async passed(ending: Ending, meanwhile: Meanwhile | null = null): Promise<string> {
    for (const [key, entry] of this.#sides) {
      const ends = (sides: Sides) => this.#ends(sides, entry, ending);
      if (meanwhile === null) entry.may = entry.may.flatMap(ends);
      // Records moved: each of them may have been met before, after, or not at all.
      else if (meanwhile.edit === null) entry.may = entry.may.flatMap((sides) => [sides, ...ends(sides)]);
      else if (meanwhile.edit.key !== key) entry.may = entry.may.flatMap(ends);
      else entry.may = entry.may.flatMap((sides) => afterEdit(sides, ends, meanwhile.edit!.value));
      entry.may = distinct(entry.may);
    }
    await this.observe();
    return ending;
  }

  #ends(sides: Sides, entry: Entry, ending: Ending): Sides[] {
    const { what } = entry;
    if (ending === 'broken') {
      const broken = afterBrokenPass(sides, what);
      return this.#isBlind ? broken.flatMap((each) => [each, ...afterBlindPass(each, what)]) : broken;
    }
    if (this.#isBlind) return [sides, ...afterBlindPass(sides, what)];
    return this.#isIn(entry) ? afterPass(sides, what) : [sides];
  }

  /** Drops what has not come true; throws when nothing is left. */
  async observe(): Promise<void> {
    const oursOf = await this.#world.ours();
    for (const [key, entry] of this.#sides) {
      if (!this.#isIn(entry)) continue;
      const { what, crmId, may } = entry;
      const ours = oursOf(what, crmId);
      if (ours === undefined) continue;
      const theirs = fieldOf(this.#row(crmId), what);
      const left = may.filter((sides) => sides.ours === ours && sides.theirs === theirs);
      if (left.length === 0) {
        const is = JSON.stringify({ ours, theirs });
        throw new Error(`${key} (${what.policy}) is ${is} and may be ${JSON.stringify(may)}`);
      }
      entry.may = left;
    }
  }

  calm(): void {
    this.#world.channel.standIn.simulator.faults.clear();
    this.#isBlind = false;
  }

  #row(id: string): Row {
    return this.#world.channel.org.find(id)!.row;
  }

  #live(object: string): Row[] {
    return this.#world.channel.org.dump(object);
  }

  #partners(): Row[] {
    const { recordTypes } = this.#world.channel;
    return this.#live('Account').filter((row) => row.RecordTypeId === recordTypes.Partner);
  }

  #inPlay({ entity }: Shared): Row[] {
    const partners = this.#partners();
    if (entity === 'partner') return partners;
    const ids = new Set(partners.map((row) => row.Id));
    return this.#live('Contact').filter((row) => ids.has(row.AccountId ?? null));
  }

  #isIn({ what, crmId }: { what: Shared; crmId: string }): boolean {
    return this.#inPlay(what).some((row) => row.Id === crmId);
  }

  async #do(step: Step): Promise<string> {
    switch (step.kind) {
      case 'theirs':
      case 'ours':
        return await this.#edit(step);
      case 'fault':
        return this.#fault(step);
      case 'calm':
        this.calm();
        return 'done';
      case 'pass':
        return await this.passed(await this.#world.pass());
      case 'die':
        return await this.passed(await this.#world.pass({ diesAfter: step.at }));
      case 'stop':
        return await this.passed(await this.#world.pass({ stopsAfter: step.at }));
      case 'meanwhile':
        return await this.#meanwhile(step);
      case 'both':
        return await this.passed(await this.#world.passTwice());
      case 'lanes':
        this.#world.bulkFrom(step.bulkFrom);
        return 'set';
      default:
        return this.#people(step);
    }
  }

  async #edit(step: TheirEdit | OurEdit): Promise<string> {
    const edit = step.kind === 'ours' ? await this.#editOurs(step) : this.#editTheirs(step);
    if (edit === null) return 'nothing changed';
    const entry = this.#sides.get(edit.key);
    if (entry !== undefined) {
      entry.may = distinct(entry.may.map((sides) => ({ ...sides, [step.kind]: edit.value })));
    }
    return edit.told;
  }

  async #editOurs(step: OurEdit): Promise<Edit | null> {
    const edit = this.#editOf(step);
    if (edit === null || !(await this.#world.editOurs(edit.what, edit.crmId, edit.value))) return null;
    return edit;
  }

  /** null: there is no such record, or a rule or a lock was in the person's way. */
  #editTheirs(step: TheirEdit): Edit | null {
    const edit = this.#editOf(step);
    if (edit === null) return null;
    const { what, crmId, value } = edit;
    const [result] = this.#world.channel.org.update(what.object, [{ Id: crmId, [what.field]: value }]);
    return result!.success ? edit : null;
  }

  #editOf(step: TheirEdit | OurEdit): Edit | null {
    const what = shared[step.what % shared.length]!;
    const row = at(this.#inPlay(what), step.which);
    const value = what.values[step.value % what.values.length]!;
    if (row === undefined) return null;
    const crmId = String(row.Id);
    return {
      what,
      crmId,
      value,
      key: keyOf(what, row),
      told: `${crmId} ${what.entity} ${what.attribute} = ${value}`,
    };
  }

  async #meanwhile({ at: call, deed }: Extract<Step, { kind: 'meanwhile' }>): Promise<string> {
    let told = 'nobody did anything';
    let meanwhile: Meanwhile | null = null;
    const act = () => {
      if (deed.kind === 'theirs') {
        const edit = this.#editTheirs(deed);
        told = edit?.told ?? 'nothing changed';
        if (edit !== null) meanwhile = { edit };
      } else {
        told = this.#people(deed);
        meanwhile = { edit: null };
      }
    };
    const ending = await this.#world.pass({ atCall: { call, act } });
    return `${await this.passed(ending, meanwhile)}; ${told}`;
  }

  #fault({ fault }: Extract<Step, { kind: 'fault' }>): string {
    if (fault.kind === 'delayed-visibility' || fault.kind === 'held-replication') this.#isBlind = true;
    const since = fault.since === undefined ? {} : { since: new Date(this.#world.clock.time).toISOString() };
    this.#world.channel.standIn.simulator.faults.add({ ...fault, ...since });
    return 'on';
  }

  #people(step: People): string {
    const { org, recordTypes } = this.#world.channel;
    const partner = at(this.#partners(), step.which);
    switch (step.kind) {
      case 'add':
        return partner === undefined ? 'nobody' : this.#add(step.object, String(partner.Id));
      case 'remove': {
        const object = { partner: 'Account', person: 'Contact', deal: 'Opportunity' }[step.object];
        const row = step.object === 'partner' ? partner : at(this.#live(object), step.which);
        if (row === undefined || (step.object === 'partner' && this.#partners().length < 4)) return 'nothing';
        this.#removed.push(String(row.Id));
        return done(org.delete([String(row.Id)]));
      }
      case 'restore': {
        const id = at(this.#removed, step.which);
        return id === undefined ? 'nothing' : done(org.undelete([id]));
      }
      case 'purge': {
        const id = at(this.#removed, step.which);
        if (id === undefined || org.find(id)?.row.IsDeleted !== true) return 'nothing';
        return done(org.hardDelete([id]));
      }
      case 'leave':
        if (partner === undefined || this.#partners().length < 4) return 'nobody';
        return done(org.update('Account', [{ Id: partner.Id!, RecordTypeId: recordTypes.Customer! }]));
      case 'return': {
        const away = this.#live('Account').filter(
          (row) => row.RecordTypeId !== recordTypes.Partner && !String(row.Name).startsWith('Customer'),
        );
        const row = at(away, step.which);
        return row === undefined
          ? 'nobody'
          : done(org.update('Account', [{ Id: row.Id!, RecordTypeId: recordTypes.Partner! }]));
      }
      case 'byHand':
        if (partner === undefined) return 'nobody';
        return done(org.update('Account', [{ Id: partner.Id!, Partner_Tier__c: 'Platinum' }]));
      case 'join':
        return this.#join(partner, at(this.#partners(), step.other));
      case 'move': {
        const person = at(this.#live('Contact'), step.other);
        if (person === undefined || partner === undefined) return 'nobody';
        return done(org.update('Contact', [{ Id: person.Id!, AccountId: partner.Id! }]));
      }
      case 'trade':
        return trade(this.#world.channel, step);
      default:
        return 'nothing';
    }
  }

  #add(object: 'partner' | 'person' | 'deal', partner: string): string {
    const { org, recordTypes } = this.#world.channel;
    if (object === 'person') return done(org.insert('Contact', [{ LastName: 'New', AccountId: partner }]));
    if (object === 'partner') {
      const row = { Name: 'New partner', RecordTypeId: recordTypes.Partner!, Partner_Type__c: 'msp' };
      return done(org.insert('Account', [row]));
    }
    const row = {
      Name: 'New deal',
      StageName: 'Closed Won',
      CloseDate: day(org, -1),
      Amount: 90_000,
      Partner__c: partner,
    };
    return done(org.insert('Opportunity', [row]));
  }

  #join(winner: Row | undefined, loser: Row | undefined): string {
    if (winner === undefined || loser === undefined || winner.Id === loser.Id) return 'nobody';
    if (this.#partners().length < 4) return 'too few left';
    for (const what of shared) this.#sides.delete(keyOf(what, loser));
    return done([
      this.#world.channel.org.merge('Account', { masterId: String(winner.Id), loserIds: [String(loser.Id)] }),
    ]);
  }
}

function keyOf(what: Shared, row: Row): string {
  return `${String(row.Id)} ${what.entity}.${what.attribute}`;
}

function fieldOf(row: Row, what: Shared): Value {
  return (row[what.field] ?? null) as Value;
}
