// Slots: their sensors and FRU exist and are theirs, air shares name air movers, the matrix fits.
import { finding, type Finding } from '../finding.ts';
import type { BoardSlot } from '../schema.ts';
import { listed, type BoardIndex } from './board-index.ts';

/** Sums of decimal shares may be off by rounding. */
const SHARE_TOLERANCE = 1e-9;

const wantedChannel = { temperature: 'temp', inlet: 'temp', memory: 'temp', power: 'power' } as const;

export function checkSlots(index: BoardIndex): Finding[] {
  return [
    ...index.board.slots.flatMap((slot, s) => [
      ...sensorFindings(index, slot, s),
      ...fruFindings(index, slot, s),
      ...shareFindings(index, slot, s),
    ]),
    ...shareSums(index),
    ...matrixFindings(index),
    ...ambientFindings(index),
  ];
}

function sensorFindings(index: BoardIndex, slot: BoardSlot, s: number): Finding[] {
  return (Object.keys(wantedChannel) as (keyof typeof wantedChannel)[]).flatMap((role) => {
    const name = slot.sensors[role];
    if (name === undefined) return [];
    const path = ['slots', s, 'sensors', role];
    const place = index.sensors.get(name);
    if (place === undefined) return [finding(path, `expected the name of a sensor, no device has ${name}`)];
    if (!place.channel.channel.startsWith(wantedChannel[role])) {
      return [finding(path, `expected a ${role} sensor, ${name} is ${place.channel.channel} of ${place.device.id}`)];
    }
    const other = place.device.slot;
    if (other === undefined || other === slot.number) return [];
    return [finding(path, `expected a sensor of slot ${slot.number} or of the chassis, ${name} is of slot ${other}`)];
  });
}

function fruFindings(index: BoardIndex, slot: BoardSlot, s: number): Finding[] {
  if (slot.fru === undefined) return [];
  const path = ['slots', s, 'fru'];
  const device = index.devices.get(slot.fru);
  if (device === undefined) return [finding(path, `expected the name of an EEPROM, there is no device ${slot.fru}`)];
  const facts = index.chipOf(device.id);
  if (facts !== undefined && facts.kind !== 'eeprom')
    return [finding(path, `expected an EEPROM, ${device.id} is a ${device.chip}`)];
  if (device.slot === undefined || device.slot === slot.number) return [];
  return [finding(path, `expected an EEPROM of slot ${slot.number}, ${device.id} is of slot ${device.slot}`)];
}

function shareFindings({ board }: BoardIndex, slot: BoardSlot, s: number): Finding[] {
  const movers = new Set(board.airMovers.map((mover) => mover.id));
  const unknown = Object.keys(slot.model.share).filter((id) => !movers.has(id));
  return unknown.map((id) =>
    finding(['slots', s, 'model', 'share', id], `expected the name of an air mover (${listed(movers)}), found ${id}`),
  );
}

/** No air mover gives away more than all of its flow. */
function shareSums({ board }: BoardIndex): Finding[] {
  return board.airMovers.flatMap((mover, m) => {
    const sum = board.slots.reduce((total, slot) => total + (slot.model.share[mover.id] ?? 0), 0);
    if (sum <= 1 + SHARE_TOLERANCE) return [];
    return [
      finding(
        ['airMovers', m],
        `expected the slots' shares of ${mover.id} to sum to at most 1, they are ${sum.toFixed(3)}`,
      ),
    ];
  });
}

function matrixFindings({ board }: BoardIndex): Finding[] {
  const { recirculation, slots } = board;
  if (recirculation.kind === 'none') return [];
  const [key, rows] =
    recirculation.kind === 'airflow'
      ? (['preheat', recirculation.preheat] as const)
      : (['kPerW', recirculation.kPerW] as const);
  const path = ['recirculation', key];
  const size = slots.length;
  if (rows.length !== size) return [finding(path, `expected ${size} rows, one for each slot, found ${rows.length}`)];
  return rows.flatMap((row, r) =>
    row.length === size
      ? []
      : [finding([...path, r], `expected ${size} columns, one for each slot, found ${row.length}`)],
  );
}

function ambientFindings({ board, sensors }: BoardIndex): Finding[] {
  const name = board.ambientSensor;
  if (name === undefined) return [];
  const place = sensors.get(name);
  if (place !== undefined && place.channel.channel.startsWith('temp')) return [];
  const found = place === undefined ? `no device has ${name}` : `${name} is ${place.channel.channel}`;
  return [finding(['ambientSensor'], `expected a temperature sensor, ${found}`)];
}
