// A board's parts by name, for the checks: what is where, and which bus lies behind which.
import type { Board, BoardBus, BoardChannel, BoardDevice, BoardMux } from '../schema.ts';
import type { ChipCatalogue, ChipFacts } from '../chip-catalogue.ts';

/** A place where devices can be: a bus of the board or a channel of a mux. */
export type Segment =
  | { readonly kind: 'bus'; readonly id: string; readonly bus: BoardBus }
  | { readonly kind: 'channel'; readonly id: string; readonly mux: BoardMux };

export interface SensorPlace {
  readonly device: BoardDevice;
  readonly channel: BoardChannel;
  /** Path of the channel in the file. */
  readonly path: readonly PropertyKey[];
}

export interface BoardIndex {
  readonly board: Board;
  readonly catalogue: ChipCatalogue;
  readonly segments: ReadonlyMap<string, Segment>;
  readonly devices: ReadonlyMap<string, BoardDevice>;
  readonly sensors: ReadonlyMap<string, SensorPlace>;
  chipOf(device: string): ChipFacts | undefined;
}

export function indexBoard(board: Board, catalogue: ChipCatalogue): BoardIndex {
  const segments = new Map<string, Segment>();
  for (const bus of board.buses) segments.set(bus.id, { kind: 'bus', id: bus.id, bus });
  for (const mux of board.muxes) {
    for (const channel of mux.channels) segments.set(channel.id, { kind: 'channel', id: channel.id, mux });
  }
  const devices = new Map(board.devices.map((device) => [device.id, device]));
  const sensors = new Map<string, SensorPlace>();
  board.devices.forEach((device, d) => {
    device.channels.forEach((channel, c) => {
      sensors.set(channel.sensor, { device, channel, path: ['devices', d, 'channels', c] });
    });
  });
  const chipOf = (id: string) => {
    const device = devices.get(id);
    return device === undefined ? undefined : catalogue.get(device.chip);
  };
  return { board, catalogue, segments, devices, sensors, chipOf };
}

/** Can I2C devices be here? Mux channels always; a bus when it is one of I2C. */
export function isI2c(segment: Segment): boolean {
  return segment.kind === 'channel' || segment.bus.kind === 'i2c';
}

export function isModbus(segment: Segment): boolean {
  return segment.kind === 'bus' && (segment.bus.kind === 'modbus-rtu' || segment.bus.kind === 'modbus-tcp');
}

/** The segments between this one and the processor, nearest first; null when a mux lies behind itself. */
export function segmentsAbove(index: BoardIndex, id: string): readonly string[] | null {
  const above: string[] = [];
  let segment = index.segments.get(id);
  while (segment?.kind === 'channel') {
    const parent = segment.mux.bus;
    if (parent === id || above.includes(parent)) return null;
    above.push(parent);
    segment = index.segments.get(parent);
  }
  return above;
}

/** `a, b, c` for messages, cut after a dozen. */
export function listed(names: Iterable<string>): string {
  const all = [...names];
  return all.length > 12 ? `${all.slice(0, 12).join(', ')}, … (${all.length})` : all.join(', ');
}
