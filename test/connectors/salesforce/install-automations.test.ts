import { afterAll, beforeAll, expect, it } from '@jest/globals';
import { type InstallWorld, openInstallWorld, put } from './install-world.ts';

let world: InstallWorld;
beforeAll(async () => {
  world = await openInstallWorld();
});
afterAll(() => world.simulator.close());

it('automation that our writes set off is named, and what is off or elsewhere is not', async () => {
  const { org, installer, simulator } = world;
  const { tooling } = simulator;
  const on = { EntityDefinitionId: 'Account', Status: 'Active', Active: true };
  tooling.add('ApexTrigger', { ...on, Name: 'Check', UsageBeforeUpdate: true, UsageAfterInsert: true });
  tooling.add('ApexTrigger', { ...on, Name: 'Clean', UsageBeforeDelete: true });
  tooling.add('ApexTrigger', { ...on, Name: 'Off', Status: 'Inactive', UsageBeforeUpdate: true });
  tooling.add('ApexTrigger', {
    ...on,
    Name: 'Of leads',
    EntityDefinitionId: 'Lead',
    UsageBeforeUpdate: true,
  });
  tooling.add('ValidationRule', { ...on, ValidationName: 'Phone_Is_Long' });
  tooling.add('ValidationRule', { ...on, ValidationName: 'Off', Active: false });
  const flow = { TriggerObjectOrEventId: 'Account', ProcessType: 'AutoLaunchedFlow', IsActive: true };
  org.bulkLoad('FlowDefinitionView', [
    { ...flow, Label: 'Tell owner', TriggerType: 'RecordAfterSave', RecordTriggerType: 'Update' },
    { ...flow, Label: 'Fill in', TriggerType: 'RecordBeforeSave', RecordTriggerType: 'CreateAndUpdate' },
    { ...flow, Label: 'Nightly', TriggerType: 'Scheduled' },
    { ...flow, Label: 'On delete', TriggerType: 'RecordBeforeDelete', RecordTriggerType: 'Delete' },
    { ...flow, Label: 'Off', TriggerType: 'RecordAfterSave', RecordTriggerType: 'Update', IsActive: false },
    { ...flow, Label: 'Old process', ProcessType: 'Workflow' },
    { ...flow, Label: 'Of something', ProcessType: 'Workflow', TriggerObjectOrEventId: null },
    { ...flow, Label: 'Of leads', ProcessType: 'Workflow', TriggerObjectOrEventId: 'Lead' },
  ]);
  org.bulkLoad('DuplicateRule', [
    { SobjectType: 'Account', DeveloperName: 'Same_Name', MasterLabel: 'Same name', IsActive: true },
    { SobjectType: 'Account', DeveloperName: 'Off', MasterLabel: 'Off', IsActive: false },
  ]);
  const rule = (name: string, active: boolean) =>
    `<rules><fullName>${name}</fullName><active>${active}</active><triggerType>onCreateOnly</triggerType></rules>`;
  put(org, 'workflow', 'Account', rule('Mail', true) + rule('Off', false));
  const found = await installer.automations(['Account', 'Contact']);
  expect(found.map(({ kind, name, when }) => [kind, name, when])).toEqual([
    ['Apex trigger', 'Check', 'on create and update, before and after'],
    ['Duplicate rule', 'Same name', 'on create and update'],
    ['Flow', 'Fill in', 'on create and update, before'],
    ['Flow', 'Tell owner', 'on update, after'],
    ['Process', 'Of something', 'on create and update, if it is about this object'],
    ['Process', 'Old process', 'on create and update'],
    ['Validation rule', 'Phone_Is_Long', 'on create and update'],
    ['Workflow rule', 'Mail', 'on create'],
    ['Process', 'Of something', 'on create and update, if it is about this object'],
  ]);
});
