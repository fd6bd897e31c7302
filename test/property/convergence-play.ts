import type { Row } from '../../connectors/salesforce/simulator/types.ts';
import { day } from '../services/channel-org.ts';
import {
  afterBlindPass,
  afterBrokenPass,
  afterPass,
  atFirst,
  distinct,
  type Sides,
  type Value,
} from './convergence-model.ts';
import type { Step } from './convergence-steps.ts';
import { type Ending, type Shared, shared, type World } from './convergence-world.ts';

/** Plays a history and keeps the model beside it; throws as soon as what is there is not among what may be. */
export class Play {
  readonly #world: World;
  /** What may be, by attribute and record. */
  readonly #sides = new Map<string, { what: Shared; crmId: string; may: Sides[] }>();
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

  /** Takes a pass that met no obstacle into account. */
  async passed(ending: Ending): Promise<string> {
    for (const entry of this.#sides.values()) {
      const { what, may } = entry;
      if (ending === 'broken') entry.may = may.flatMap((sides) => afterBrokenPass(sides, what));
      else if (this.#isBlind) entry.may = may.flatMap((sides) => [sides, ...afterBlindPass(sides, what)]);
      else if (this.#isIn(entry)) entry.may = may.flatMap((sides) => afterPass(sides, what));
      if (ending === 'broken' && this.#isBlind)
        entry.may = entry.may.flatMap((sides) => [sides, ...afterBlindPass(sides, what)]);
      entry.may = distinct(entry.may);
    }
    await this.observe();
    return ending;
  }

  /** Drops what has not come true; throws when nothing is left. */
  async observe(): Promise<void> {
    for (const [key, entry] of this.#sides) {
      if (!this.#isIn(entry)) continue;
      const { what, crmId, may } = entry;
      const ours = await this.#world.ours(what, crmId);
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
      default:
        return this.#people(step);
    }
  }

  async #edit(step: Extract<Step, { what: number }>): Promise<string> {
    const what = shared[step.what % shared.length]!;
    const row = at(this.#inPlay(what), step.which);
    const value = what.values[step.value % what.values.length]!;
    if (row === undefined) return 'nothing there';
    const crmId = String(row.Id);
    if (step.kind === 'ours') {
      if (!(await this.#world.editOurs(what, crmId, value))) return 'not ours';
    } else {
      const [result] = this.#world.channel.org.update(what.object, [{ Id: crmId, [what.field]: value }]);
      // A rule or a lock can be in a person's way too.
      if (!result!.success) return 'refused';
    }
    const entry = this.#sides.get(keyOf(what, row));
    if (entry !== undefined)
      entry.may = distinct(entry.may.map((sides) => ({ ...sides, [step.kind]: value })));
    return `${crmId} ${what.entity} ${what.attribute} = ${value}`;
  }

  #fault({ fault }: Extract<Step, { kind: 'fault' }>): string {
    if (fault.kind === 'delayed-visibility' || fault.kind === 'held-replication') this.#isBlind = true;
    const since = fault.since === undefined ? {} : { since: new Date(this.#world.clock.time).toISOString() };
    this.#world.channel.standIn.simulator.faults.add({ ...fault, ...since });
    return 'on';
  }

  #people(step: Extract<Step, { which: number }>): string {
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

function at<T>(items: readonly T[], index: number): T | undefined {
  return items.length === 0 ? undefined : items[index % items.length];
}

function done(results: readonly { id: string | null; success: boolean; errors: unknown[] }[]): string {
  return results.map((each) => (each.success ? `done ${each.id}` : JSON.stringify(each.errors))).join();
}
