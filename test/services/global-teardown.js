export { endSharedPostgres as default } from './global-setup.js';
