// The page that asks for a kiosk's code. Who only reloaded a kiosk that runs in
// this window comes back to it without one; who opened the page types a code.

import { home } from './kiosk.js';

const known = home();
if (known && performance.getEntriesByType('navigation')[0]?.type !== 'navigate') location.replace(known);
