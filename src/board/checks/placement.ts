// What is soldered where can work: buses exist and fit, chips are known, no two parts answer at one address.
import { finding, type Finding } from '../finding.ts';
import { HWMON_FAN, type ChipFacts } from '../chip-catalogue.ts';
import type { BoardDevice } from '../schema.ts';
import { isI2c, isModbus, listed, segmentsAbove, type BoardIndex, type Segment } from './board-index.ts';

/** UM10204 section 3.1.12: 0x00–0x07 and 0x78–0x7f are reserved. */
const FIRST_ADDRESS = 0x08;
const LAST_ADDRESS = 0x77;

const FIRST_UNIT = 1;
const LAST_UNIT = 247;

const muxChannelCount = { pca9546: 4, pca9548: 8 } as const;

export function checkPlacement(index: BoardIndex): Finding[] {
  return [...checkMuxes(index), ...checkDevices(index), ...checkAddresses(index)];
}

function checkMuxes(index: BoardIndex): Finding[] {
  return index.board.muxes.flatMap((mux, m) => {
    const findings: Finding[] = [];
    const parent = index.segments.get(mux.bus);
    if (parent === undefined || !isI2c(parent)) {
      findings.push(finding(['muxes', m, 'bus'], `expected an I2C bus, ${busText(index, mux.bus)}`));
    }
    const first = mux.channels[0]?.id;
    if (first !== undefined && segmentsAbove(index, first) === null) {
      findings.push(finding(['muxes', m, 'bus'], 'expected a bus nearer to the processor, this mux is behind itself'));
    }
    const count = muxChannelCount[mux.chip];
    mux.channels.forEach(({ channel }, c) => {
      if (channel < count) return;
      const message = `expected a channel of 0 to ${count - 1}, a ${mux.chip} has no ${channel}`;
      findings.push(finding(['muxes', m, 'channels', c, 'channel'], message));
    });
    return findings;
  });
}

function checkDevices(index: BoardIndex): Finding[] {
  const slots = new Set(index.board.slots.map((slot) => slot.number));
  return index.board.devices.flatMap((device, d) => {
    const findings: Finding[] = [];
    const facts = index.catalogue.get(device.chip);
    const segment = index.segments.get(device.bus);
    if (segment !== undefined && isModbus(segment))
      return [...modbusDevice(device, facts, d), ...slotFindings(device, slots, d)];
    if (facts === undefined || facts.modbus !== undefined || facts.kind === 'mux') {
      const known = [...index.catalogue]
        .filter(([, { kind, modbus }]) => kind !== 'mux' && modbus === undefined)
        .map(([name]) => name);
      const what = facts?.kind === 'mux' ? 'muxes belong in "muxes"' : 'no driver knows it';
      findings.push(
        finding(
          ['devices', d, 'chip'],
          `expected a known chip, found ${device.chip}: ${what}; known: ${known.toSorted().join(', ')}`,
        ),
      );
    }
    const elsewhere = [...checkBusOf(index, device, d), ...checkPec(index, device, d)];
    return [...findings, ...slotFindings(device, slots, d), ...elsewhere];
  });
}

function slotFindings(device: BoardDevice, slots: ReadonlySet<number>, d: number): Finding[] {
  if (device.slot === undefined || slots.has(device.slot)) return [];
  const numbers = listed([...slots].map(String));
  return [finding(['devices', d, 'slot'], `expected the number of a slot (${numbers}), found ${device.slot}`)];
}

/** That its map exists has been seen to when it was loaded. */
function modbusDevice(device: BoardDevice, facts: ChipFacts | undefined, d: number): Finding[] {
  const findings: Finding[] = [];
  const refuse = (key: string, message: string) => findings.push(finding(['devices', d, key], message));
  if (facts?.modbus === undefined) refuse('chip', `expected the id of a Modbus map, found ${device.chip}`);
  if (device.via !== 'i2c') refuse('via', 'expected no "via" on a Modbus bus');
  if (device.hwmon !== undefined) refuse('hwmon', 'expected only on a bus of kind hwmon');
  if (device.pec !== undefined) refuse('pec', 'expected only on an I2C bus');
  if (device.shuntMicroOhm !== undefined) refuse('shuntMicroOhm', 'expected only on an I2C bus');
  return findings;
}

function checkBusOf(index: BoardIndex, device: BoardDevice, d: number): Finding[] {
  const segment = index.segments.get(device.bus);
  const path = ['devices', d, 'bus'];
  const onHwmon = segment?.kind === 'bus' && segment.bus.kind === 'hwmon';
  if (segment === undefined || !(isI2c(segment) || onHwmon)) {
    return [finding(path, `expected an I2C, hwmon or Modbus bus, ${busText(index, device.bus)}`)];
  }
  if (!onHwmon) {
    return [
      ...(device.chip === HWMON_FAN ? [finding(path, `expected a bus of kind hwmon for a ${HWMON_FAN}`)] : []),
      ...(device.hwmon === undefined ? [] : [finding(['devices', d, 'hwmon'], 'expected only on a bus of kind hwmon')]),
      ...checkKernelOwned(index, device, d),
    ];
  }
  return [
    ...(device.chip === HWMON_FAN ? [] : [finding(path, `expected an I2C bus for a ${device.chip}`)]),
    ...(device.hwmon === undefined
      ? [finding(['devices', d, 'hwmon'], 'expected the name of the hwmon device, it is missing')]
      : []),
    ...(device.via === 'hwmon' ? [] : [finding(['devices', d, 'via'], 'expected "hwmon" on a bus of kind hwmon')]),
  ];
}

/** How to use what a kernel driver owns and hwmon does not show. */
const wayOut = {
  expander: 'name its pins as lines of a bus of kind gpio, or unbind its driver and leave out "via"',
  led: 'unbind its driver and leave out "via"',
};

/** hwmon shows sensors and fans; EEPROMs have a file of their own. */
function checkKernelOwned(index: BoardIndex, device: BoardDevice, d: number): Finding[] {
  const kind = index.catalogue.get(device.chip)?.kind;
  if (device.via !== 'hwmon' || (kind !== 'expander' && kind !== 'led')) return [];
  const message = `expected "i2c" for a ${device.chip}, the kernel shows no hwmon values of it`;
  return [finding(['devices', d, 'via'], `${message}: ${wayOut[kind]}`)];
}

function checkPec(index: BoardIndex, device: BoardDevice, d: number): Finding[] {
  const facts = index.catalogue.get(device.chip);
  if (device.pec !== true || facts === undefined) return [];
  const path = ['devices', d, 'pec'];
  if (facts.pec !== true) return [finding(path, `expected no "pec", a ${device.chip} has no packet error codes`)];
  if (device.via === 'i2c') return [];
  return [finding(path, 'expected no "pec", the kernel driver that owns the device decides about it')];
}

interface Occupant {
  readonly what: string;
  readonly segment: string;
  readonly address: string;
  readonly path: readonly PropertyKey[];
}

/** While a mux's channel is selected everything between it and the processor hears the address as well. */
function checkAddresses(index: BoardIndex): Finding[] {
  const occupants: Occupant[] = [
    ...index.board.muxes.map((mux, m) => occupant('mux', mux, ['muxes', m, 'address'])),
    ...index.board.devices.map((device, d) => occupant('device', device, ['devices', d, 'address'])),
  ];
  const taken = new Map<string, Occupant>();
  const findings: Finding[] = [];
  for (const one of occupants) {
    findings.push(...reservedAddress(index, one), ...wrongUnit(index, one));
    const key = `${one.segment} ${one.address}`;
    const other = taken.get(key);
    if (other !== undefined) findings.push(conflict(one, other, `bus ${one.segment}`));
    else taken.set(key, one);
  }
  for (const one of occupants) {
    for (const above of segmentsAbove(index, one.segment) ?? []) {
      const other = taken.get(`${above} ${one.address}`);
      if (other !== undefined) findings.push(conflict(one, other, `bus ${above}, in front of the mux`));
    }
  }
  return findings;
}

function occupant(
  what: string,
  part: { readonly id: string; readonly bus: string; readonly address: string },
  path: readonly PropertyKey[],
): Occupant {
  return { what: `${what} ${part.id}`, segment: part.bus, address: part.address.toLowerCase(), path };
}

function conflict(one: Occupant, other: Occupant, where: string): Finding {
  return finding(one.path, `expected an address of its own, ${other.what} has ${other.address} on ${where}`);
}

function reservedAddress(index: BoardIndex, { segment, address, path }: Occupant): Finding[] {
  const place = index.segments.get(segment);
  const value = Number.parseInt(address, 16);
  if (place === undefined || !isI2c(place) || (value >= FIRST_ADDRESS && value <= LAST_ADDRESS)) return [];
  return [finding(path, `expected an address of 0x08 to 0x77, ${address} is reserved by the I2C bus`)];
}

/** Modbus serial line 1.02, 2.2: units are 1 to 247; 0 is a broadcast. */
function wrongUnit(index: BoardIndex, { segment, address, path }: Occupant): Finding[] {
  const place = index.segments.get(segment);
  const unit = Number.parseInt(address, 16);
  if (place === undefined || !isModbus(place) || (unit >= FIRST_UNIT && unit <= LAST_UNIT)) return [];
  return [finding(path, `expected a Modbus unit of 0x01 to 0xf7, found ${address}`)];
}

function busText(index: BoardIndex, id: string): string {
  const segment: Segment | undefined = index.segments.get(id);
  if (segment === undefined) return `there is no bus ${id}; there are ${listed(index.segments.keys())}`;
  return `${id} is ${segment.kind === 'bus' ? segment.bus.kind : 'a mux channel'}`;
}
