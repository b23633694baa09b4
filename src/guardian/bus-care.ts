// What the guardian adds to a board's buses before chips are opened on them: channels of muxes are checked, and buses
// whose lines the board can drive are freed when something holds them.
import type { Board, BoardMux } from '../board/schema.ts';
import { checkedChannel } from '../chips/mux-check.ts';
import type { I2cBus } from '../core/ports.ts';
import { recovery, type Recover } from '../sensing/bus-recovery.ts';
import type { BusSource } from './hardware.ts';

/** The same buses, those behind muxes checked. */
export function withMuxChecks(board: Board, source: BusSource): BusSource {
  const opened = new Map<string, I2cBus>();
  const bus = (id: string): I2cBus => {
    let found = opened.get(id);
    if (found === undefined) opened.set(id, (found = open(id)));
    return found;
  };
  const open = (id: string): I2cBus => {
    const place = placeOf(board, id);
    if (place === null) return source.bus(id);
    const { mux, channel } = place;
    const address = Number.parseInt(mux.address, 16);
    return checkedChannel(source.bus(id), { id: mux.id, bus: bus(mux.bus), address, channel });
  };
  return {
    bus,
    line: (busId, line) => source.line(busId, line),
    hwmon: (device) => source.hwmon(device),
    kernelChip: (device) => source.kernelChip(device),
    driverAt: (busId, address) => source.driverAt(busId, address),
    ...(source.modbus === undefined ? {} : { modbus: source.modbus.bind(source) }),
  };
}

/** For Guardian: what frees a bus, or the bus that a mux channel hangs on. */
export function recoveries(board: Board, source: Pick<BusSource, 'line'>): (busId: string) => Recover | null {
  const known = new Map<string, Recover>();
  return (busId) => {
    const root = rootOf(board, busId);
    const bus = board.buses.find(({ id }) => id === root);
    if (bus?.kind !== 'i2c' || bus.recovery === undefined) return null;
    const { scl, sda } = bus.recovery;
    const recover =
      known.get(root) ?? recovery({ scl: source.line(scl.bus, scl.line), sda: source.line(sda.bus, sda.line) });
    known.set(root, recover);
    return recover;
  };
}

function placeOf(board: Board, busId: string): { readonly mux: BoardMux; readonly channel: number } | null {
  for (const mux of board.muxes) {
    const found = mux.channels.find(({ id }) => id === busId);
    if (found !== undefined) return { mux, channel: found.channel };
  }
  return null;
}

function rootOf(board: Board, busId: string): string {
  const place = placeOf(board, busId);
  return place === null ? busId : rootOf(board, place.mux.bus);
}
