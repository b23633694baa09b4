// Runs in the machine: watches a GPIO line as the guardian does, and prints each edge's level. Arguments: controller, line.
import { openBuses } from '../../../../src/buses/open.ts';

const [chip = '', line = ''] = process.argv.slice(2);
const board = { buses: [{ id: 'soc', kind: 'gpio', chip } as const], muxes: [], devices: [] };
const buses = await openBuses(board, { nowMs: () => performance.now() });
const watched = buses.line('soc', Number(line));
watched.watch((level) => console.log(`edge ${level}`));
const now = await watched.read();
console.log(now.kind === 'value' ? `level ${now.value}` : now.detail);
