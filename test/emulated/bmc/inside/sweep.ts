// Runs in the machine: the guardian's sweep of the board's I2C chips and a C program's of the same transfers, in turns, and
// one line of JSON with the times of both. Arguments: board, the C program, how many sweeps.
import { spawn } from 'node:child_process';
import { writeFileSync } from 'node:fs';
import { createInterface } from 'node:readline';
import { chipCatalogue } from '../../../../src/board/chip-catalogue.ts';
import { loadBoard } from '../../../../src/board/load.ts';
import type { Board } from '../../../../src/board/schema.ts';
import { channelBusNumber } from '../../../../src/buses/mux-channel.ts';
import { openBuses, type BusSet } from '../../../../src/buses/open.ts';
import { knownChips } from '../../../../src/chips/registry.ts';
import { realClock } from '../../../../src/core/clock.ts';
import { Hardware } from '../../../../src/guardian/hardware.ts';
import { PolledDevice } from '../../../../src/sensing/polled-device.ts';
import { Sweep } from '../../../../src/sensing/sweep.ts';
import type { SweepTimes } from '../sweep-times.ts';

const WARM_UP = 600; // a guardian runs for months: until V8's compilers are done with it
const LIST = '/tmp/transfers';
const PRESENT = () => 'present' as const;

const [boardFile = '', program = '', count = '0'] = process.argv.slice(2);
const board = loadBoard(boardFile, chipCatalogue(knownChips()));
const clock = realClock(); // as the guardian has it
const nowMs = () => clock.nowMs();
const buses = await openBuses(board, { nowMs });

function sweepOver(source: BusSet): Sweep {
  const hardware = new Hardware(board, source);
  return new Sweep(
    board.devices.flatMap((device) => {
      const chip = device.via === 'i2c' ? hardware.chipOf(device.id) : null;
      return chip?.kind === 'sensor' || chip?.kind === 'fan' ? [new PolledDevice(device.id, null, chip)] : [];
    }),
  );
}

/** Readings that are values, of all. */
async function once(sweep: Sweep): Promise<readonly [number, number]> {
  await sweep.ask(nowMs(), PRESENT);
  const channels = [...sweep.report(nowMs(), PRESENT).readings.values()].flatMap((readings) => [...readings.values()]);
  return [channels.filter(({ kind }) => kind === 'value').length, channels.length];
}

function busNumber(id: string, { buses, muxes }: Board): number {
  const bus = buses.find((one) => one.id === id);
  if (bus?.kind === 'i2c') return bus.number;
  const mux = muxes.find(({ channels }) => channels.some((channel) => channel.id === id));
  const channel = mux?.channels.find((one) => one.id === id)?.channel;
  if (mux === undefined || channel === undefined) throw new Error(`no bus ${id}`);
  const parent = busNumber(mux.bus, board);
  return channelBusNumber('/sys/bus/i2c/devices', parent, Number.parseInt(mux.address, 16), channel);
}

/** The transfers of a sweep once all chips are configured, as sweep.c takes them. */
async function recordedTransfers(): Promise<readonly string[]> {
  const lines: string[] = [];
  const recording: BusSet = {
    ...buses,
    bus: (id) => {
      const bus = buses.bus(id);
      return {
        id,
        transfer: (address, write, readLength) => {
          const numbers = [busNumber(id, board), address, write.length, ...write, readLength];
          lines.push(numbers.map((number) => number.toString(16)).join(' '));
          return bus.transfer(address, write, readLength);
        },
      };
    },
  };
  const sweep = sweepOver(recording);
  await once(sweep);
  lines.length = 0;
  await once(sweep);
  return lines;
}

const transfers = await recordedTransfers();
writeFileSync(LIST, `${transfers.join('\n')}\n`);
const c = spawn(program, [LIST], { stdio: ['pipe', 'pipe', 'inherit'] });
const answers = createInterface({ input: c.stdout })[Symbol.asyncIterator]();

async function sweepInC(): Promise<number> {
  c.stdin.write('\n');
  const { value, done } = await answers.next();
  if (done === true) throw new Error('the C program has ended');
  return Number(value.split(' ')[0]) / 1e6;
}

const sweep = sweepOver(buses);
for (let n = 0; n < WARM_UP; n++) await once(sweep);
await sweepInC();
const times: { oursMs: number[]; cMs: number[] } = { oursMs: [], cMs: [] };
let cpuUs = 0;
let channels: readonly [number, number] = [0, 0];
for (let n = 0; n < Number(count); n++) {
  times.cMs.push(await sweepInC());
  const cpu = process.cpuUsage();
  const start = performance.now();
  channels = await once(sweep);
  times.oursMs.push(performance.now() - start);
  const used = process.cpuUsage(cpu);
  cpuUs += used.user + used.system;
}
c.stdin.end();
buses.close();
const result: SweepTimes = {
  ...times,
  cpuMs: cpuUs / 1000 / Number(count),
  transfers: transfers.length,
  channels: channels[1],
  values: channels[0],
};
console.log(JSON.stringify(result));
