import { type Channel, type Deed, day, type Row, told } from '../services/channel/channel.ts';
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
import { type Shared, shared } from './convergence-shared.ts';
import type { OurEdit, People, Step, TheirEdit } from './convergence-steps.ts';
import { at, trade } from './convergence-trade.ts';
import type { Ending, Site, World } from './convergence-world.ts';

/** One attribute of one record, and what may be. */
interface Entry {
  site: Site;
  what: Shared;
  id: string;
  may: Sides[];
}

interface Edit {
  site: Site;
  what: Shared;
  id: string;
  value: Value;
  key: string;
  told: string;
}

/** What somebody did in a CRM during a pass; edit: null when records came, went or moved. */
interface Meanwhile {
  edit: Edit | null;
}

/**
 * Plays a history and keeps the model beside it; throws as soon as what is there is not among what may be. The model is
 * about records that one CRM holds; of those that several hold, the end is compared.
 */
export class Play {
  readonly #world: World;
  /** What may be, by attribute and record. */
  readonly #sides = new Map<string, Entry>();
  readonly #removed = new Map<Site, string[]>();
  /** Partners that another CRM holds as well: numbers are how they are known to be the same. */
  readonly #heldTwice = new Set<string>();
  #isBlind = false;
  readonly story: string[] = [];

  constructor(world: World) {
    this.#world = world;
    for (const site of world.sites) {
      this.#removed.set(site, []);
      const numbered = site.channel.rows('partner').filter(({ number }) => number !== null);
      if (world.sites.length > 1) for (const { id } of numbered) this.#heldTwice.add(`${site.alias} ${id}`);
      for (const what of shared) for (const row of inPlay(site, what)) this.#follow({ site, what, row });
    }
  }

  #follow({ site, what, row }: { site: Site; what: Shared; row: Row<'partner' | 'person'> }): void {
    if (what.entity === 'partner' && this.#heldTwice.has(`${site.alias} ${row.id}`)) return;
    const may = [atFirst(fieldOf(row, what))];
    this.#sides.set(keyOf({ site, what, id: row.id }), { site, what, id: row.id, may });
  }

  async step(step: Step): Promise<void> {
    this.#world.clock.time += 3_000;
    const done = await this.#do(step);
    this.story.push(`${JSON.stringify(step)}: ${done}`);
  }

  /** Takes a pass into account, and what somebody did in a CRM meanwhile. */
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
    return rowOf(entry) === undefined ? [sides] : afterPass(sides, what);
  }

  /** Drops what has not come true; throws when nothing is left. */
  async observe(): Promise<void> {
    const oursOf = await this.#world.ours();
    for (const [key, entry] of this.#sides) {
      const row = rowOf(entry);
      if (row === undefined) continue;
      const { site, what, id, may } = entry;
      const ours = oursOf(what, { connection: site.alias, crmId: id });
      if (ours === undefined) continue;
      const theirs = fieldOf(row, what);
      const left = may.filter((sides) => sides.ours === ours && sides.theirs === theirs);
      if (left.length === 0) {
        const is = JSON.stringify({ ours, theirs });
        throw new Error(`${key} (${what.policy}) is ${is} and may be ${JSON.stringify(may)}`);
      }
      entry.may = left;
    }
  }

  calm(): void {
    for (const { channel } of this.#world.sites) channel.clearFaults();
    this.#isBlind = false;
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
        this.#world.takeLane(this.#siteOf(step), step.lane);
        return 'set';
      default:
        return this.#people(step);
    }
  }

  #siteOf({ site }: { site: number }): Site {
    return at(this.#world.sites, site)!;
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
    if (edit === null || !(await this.#world.editOurs(edit.what, edit, edit.value))) return null;
    return edit;
  }

  /** null: there is no such record, or a rule or a lock was in the person's way. */
  #editTheirs(step: TheirEdit): Edit | null {
    const edit = this.#editOf(step);
    if (edit === null) return null;
    const { site, what, id, value } = edit;
    const { done } = site.channel.edit(what.entity, id, { [what.attribute]: value });
    return done ? edit : null;
  }

  #editOf(step: TheirEdit | OurEdit): Edit | null {
    const site = this.#siteOf(step);
    const what = shared[step.what % shared.length]!;
    const row = at(inPlay(site, what), step.which);
    const value = what.values[step.value % what.values.length]!;
    if (row === undefined) return null;
    const { id } = row;
    const key = keyOf({ site, what, id });
    return { site, what, id, value, key, told: `${key} = ${value}` };
  }

  async #meanwhile({ at: call, deed }: Extract<Step, { kind: 'meanwhile' }>): Promise<string> {
    let done = 'nobody did anything';
    let meanwhile: Meanwhile | null = null;
    const act = () => {
      if (deed.kind === 'theirs') {
        const edit = this.#editTheirs(deed);
        done = edit?.told ?? 'nothing changed';
        if (edit !== null) meanwhile = { edit };
      } else {
        done = this.#people(deed);
        meanwhile = { edit: null };
      }
    };
    const ending = await this.#world.pass({ atCall: { call, act } });
    return `${await this.passed(ending, meanwhile)}; ${done}`;
  }

  #fault(step: Extract<Step, { kind: 'fault' }>): string {
    const { fault, hides } = step.trouble;
    if (hides) this.#isBlind = true;
    const since = fault.since === undefined ? {} : { since: new Date(this.#world.clock.time).toISOString() };
    this.#siteOf(step).channel.addFault({ ...fault, ...since });
    return 'on';
  }

  #people(step: People): string {
    const site = this.#siteOf(step);
    const { channel } = site;
    const partners = channel.rows('partner');
    const partner = at(partners, step.which);
    const removed = this.#removed.get(site)!;
    switch (step.kind) {
      case 'add':
        return partner === undefined ? 'nobody' : told(add(channel, step.object, partner.id));
      case 'remove': {
        const row = at(channel.rows(step.object), step.which);
        if (row === undefined || (step.object === 'partner' && partners.length < 4)) return 'nothing';
        removed.push(row.id);
        return told(channel.remove(step.object, row.id));
      }
      case 'restore':
      case 'purge': {
        const id = at(removed, step.which);
        return id === undefined ? 'nothing' : told(channel[step.kind](id));
      }
      case 'leave':
        if (partner === undefined || partners.length < 4) return 'nobody';
        return told(channel.leave(partner.id));
      case 'return': {
        const away = channel.rows('customer').filter(({ name }) => !String(name).startsWith('Customer'));
        const row = at(away, step.which);
        return row === undefined ? 'nobody' : told(channel.enter(row.id));
      }
      case 'byHand':
        return partner === undefined ? 'nobody' : told(channel.setTier(partner.id, 'Platinum'));
      case 'join':
        return this.#join(site, partner, at(partners, step.other));
      case 'move': {
        const person = at(channel.rows('person'), step.other);
        if (person === undefined || partner === undefined) return 'nobody';
        return told(channel.edit('person', person.id, { partner: partner.id }));
      }
      case 'trade':
        return trade(channel, step);
      default:
        return 'nothing';
    }
  }

  #join(site: Site, winner: Row<'partner'> | undefined, loser: Row<'partner'> | undefined): string {
    if (winner === undefined || loser === undefined || winner.id === loser.id) return 'nobody';
    if (site.channel.rows('partner').length < 4) return 'too few left';
    // What stands for a record of another CRM as well makes the winner do so too.
    const isForBoth = [winner, loser].some(({ id }) => this.#heldTwice.has(`${site.alias} ${id}`));
    if (isForBoth) this.#heldTwice.add(`${site.alias} ${winner.id}`);
    for (const what of shared) {
      this.#sides.delete(keyOf({ site, what, id: loser.id }));
      if (isForBoth && what.entity === 'partner') this.#sides.delete(keyOf({ site, what, id: winner.id }));
    }
    return told(site.channel.merge('partner', { winner: winner.id, loser: loser.id }));
  }
}

function inPlay({ channel }: Site, { entity }: Pick<Shared, 'entity'>): Row<'partner' | 'person'>[] {
  const partners = channel.rows('partner');
  if (entity === 'partner') return partners;
  const ids = new Set<string | null>(partners.map(({ id }) => id));
  return channel.rows('person').filter(({ partner }) => ids.has(partner));
}

function rowOf({
  site,
  what,
  id,
}: Pick<Entry, 'site' | 'what' | 'id'>): Row<'partner' | 'person'> | undefined {
  return inPlay(site, what).find((row) => row.id === id);
}

function add(channel: Channel, object: 'partner' | 'person' | 'deal', partner: string): Deed {
  if (object === 'person') return channel.add('person', { name: 'New', partner });
  if (object === 'partner') return channel.add('partner', { name: 'New partner', type: 'msp' });
  return channel.add('deal', {
    name: 'New deal',
    state: 'won',
    closeOn: day(channel, -1),
    amount: '90000',
    partner,
  });
}

function keyOf({ site, what, id }: Pick<Entry, 'site' | 'what' | 'id'>): string {
  return `${site.alias} ${id} ${what.entity}.${what.attribute}`;
}

function fieldOf(row: Row<'partner' | 'person'>, { attribute }: Shared): Value {
  return ((row as unknown as Record<string, Value>)[attribute] ?? null) as Value;
}
