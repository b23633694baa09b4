// Devices as registers, values put in by hand: what a power supply, a battery unit and a pumping unit would say.
import type { ModbusMap } from '../../src/protocols/modbus/register-map.ts';
import { registerCount } from '../../src/protocols/modbus/numbers.ts';
import { ownMaps } from '../../src/board/modbus/map-folder.ts';
import type { Registers } from './pymodbus.ts';

/** With patience: the machine that the tests run on may be busy, which says nothing about the device. */
export const PATIENT_MS = 1000;

export function ownMap(id: string): ModbusMap {
  const map = ownMaps().find(id);
  if (map === null) throw new Error(`there is no map ${id}`);
  return { ...map, timeoutMs: PATIENT_MS };
}

/** All registers of the map and of its actuators, 0 but for those given; no register beside them exists. */
export function deviceOf(id: string, given: Registers): Registers {
  const map = ownMap(id);
  const registers: Record<number, number> = {};
  for (const register of map.registers) {
    for (let offset = 0; offset < registerCount(register); offset++) registers[register.at + offset] = 0;
  }
  for (const { at, prepare } of map.actuators) {
    for (const place of [at, ...prepare.map((write) => write.at)]) registers[place] = 0;
  }
  return { ...registers, ...given };
}

/** The text from a register on, two characters in each. */
export function text(at: number, characters: string): Registers {
  const bytes = Buffer.from(characters.length % 2 === 0 ? characters : `${characters} `, 'latin1');
  return Object.fromEntries(
    Array.from({ length: bytes.length / 2 }, (_, index) => [at + index, bytes.readUInt16BE(index * 2)]),
  );
}

/** Signed temperatures of 7 fraction bits, voltages of 10, currents of 6, powers of 3. */
export const psuRegisters = deviceOf('orv3-psu', {
  ...text(8, 'TESTPSU-3000'),
  ...text(24, 'SN0001'),
  67: 9000, // rpm
  68: 8900,
  69: 0x0c80, // 3200 / 128 = 25 °C
  70: 0x1a40, // 6720 / 128 = 52.5 °C
  79: 52_224, // 51 V · 1024
  80: 3200, // 50 A · 64
  82: 20_400, // 2550 W · 8
  88: 14_720, // 230 V · 64
});

export const bbuRegisters = deviceOf('orv3-bbu', {
  ...text(0, 'TESTMAKER'),
  109: 3900, // mV
  122: 2981, // 298.1 K = 24.95 °C
  128: 42_900,
  129: 0x1_0000 - 1250, // −12.5 A in 10 mA
  148: 27,
  152: 4200,
});

export const rpuRegisters = deviceOf('orv3-rpu', {
  ...text(6604, 'TESTRPU'),
  36_865: 0xffff, // −0.1 °C, which unsigned would be 6553.5
  36_866: 402, // 40.2 °C
  36_869: 8123, // 812.3 W
  36_874: 2950,
  36_875: 2960,
  36_876: 2970,
});
