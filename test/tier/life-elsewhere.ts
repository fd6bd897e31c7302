import { openEmbeddedTestStore } from '../services/test-store.ts';
import { live } from './life.ts';

/** Lives the story in a process of its own, such as one in another time zone, and prints what came of it. */
const store = await openEmbeddedTestStore();
const found = await live(store, {});
await store.close();
process.stdout.write(JSON.stringify({ zone: new Date(0).getTimezoneOffset(), found }));
