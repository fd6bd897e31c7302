/**
 * Changes of state that a plain update must not make: the platform has actions for them, which also leave an activity
 * behind. Everything else changes its state by an update.
 * https://learn.microsoft.com/power-apps/developer/data-platform/webapi/reference/winopportunity
 * https://learn.microsoft.com/power-apps/developer/data-platform/webapi/reference/loseopportunity
 * https://learn.microsoft.com/power-apps/developer/data-platform/webapi/reference/closeincident
 */
export interface StateAction {
  /** The state that it leads to. */
  state: number;
  /** Name of the action, of the parameter with the activity, and of the lookup in it. */
  action: string;
  activity: string;
  lookup: string;
  subject: string;
  /** Columns that go along in the activity, by their name there: the action fills them in on the row. */
  carries: Readonly<Record<string, string>>;
}

const ofClosing = { activity: 'OpportunityClose', lookup: 'opportunityid' };
const figures = { actualvalue: 'actualrevenue', actualclosedate: 'actualend' };

/** By table. A table that has actions is read-only in the states that they lead to, until it is open (0) again. */
export const stateActions: Readonly<Record<string, readonly StateAction[]>> = {
  opportunity: [
    { state: 1, action: 'WinOpportunity', ...ofClosing, subject: 'Won', carries: figures },
    { state: 2, action: 'LoseOpportunity', ...ofClosing, subject: 'Lost', carries: figures },
  ],
  incident: [
    {
      state: 1,
      action: 'CloseIncident',
      activity: 'IncidentResolution',
      lookup: 'incidentid',
      subject: 'Resolved',
      carries: {},
    },
  ],
};

/** States that are never written, by table, with the reason that a person reads. */
export const refusedStates: Readonly<Record<string, Readonly<Record<number, string>>>> = {
  lead: { 1: 'qualifying a lead makes an account, a contact and an opportunity; people do that' },
};
