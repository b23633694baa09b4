// Which chips can say who they are, and a driver that believes no other. Registers and values are those by which Linux'
// drivers detect the parts (drivers/hwmon: *_detect), where data sheets and parts on real boards agree on them. Left out
// on purpose: device and revision codes that second sources and new steppings change (the LM90 family gives only its
// manufacturer here), parts without such registers (LM75 and its kin, TMP108, INA219/220, MAX31790, PCA95xx, 24Cxx), the
// INA230/231, and PMBus devices, whose driver finds out by itself what they have.
import type { I2cBus } from '../core/ports.ts';
import { ChipRegisters } from './chip-registers.ts';
import type { Chip, ChipResult } from './chip.ts';
import { CHIP_OK } from './chip.ts';
import { openChip, type ChipOptions } from './registry.ts';

export interface IdentityRegister {
  readonly register: number;
  /** `word`: most significant byte first on the wire. */
  readonly width: 'byte' | 'word';
  readonly expected: readonly number[];
  /** Bits that count; all where left out. */
  readonly mask?: number;
}

type Identity = readonly IdentityRegister[];

const byte = (register: number, ...expected: readonly number[]): IdentityRegister => ({
  register,
  width: 'byte',
  expected,
});
const word = (register: number, expected: number, mask = 0xffff): IdentityRegister => ({
  register,
  width: 'word',
  expected: [expected],
  mask,
});

const NATIONAL = 0x01;
const ANALOG = 0x41;
const GMT = 0x47;
const MAXIM = 0x4d;
const TI = 0x55;
const WINBOND = 0x5c;
const SMSC = 0x5d;
const NXP = 0xa1;
const ON = 0x1a;
const TI_WORD = 0x5449; // "TI"
const MICROCHIP_WORD = 0x0054;

const lm90 = (manufacturer: number): Identity => [byte(0xfe, manufacturer)];
const tmp42x = (device: number): Identity => [byte(0xfe, TI), byte(0xff, device)];
const emc14xx = (product: number): Identity => [byte(0xfd, product), byte(0xfe, SMSC)];
const emc230x = (product: number): Identity => [byte(0xfd, product), byte(0xfe, SMSC)];
const adt747x = (device: number): Identity => [byte(0x3e, ANALOG), byte(0x3d, device)];
const max31785: Identity = [byte(0x99, MAXIM), byte(0x9a, 0x53)];

/** By chip; a chip that is not named here cannot tell. */
export const identities: Readonly<Record<string, Identity>> = {
  tmp421: tmp42x(0x21),
  tmp422: tmp42x(0x22),
  tmp423: tmp42x(0x23),
  tmp401: tmp42x(0x11),
  tmp411: [byte(0xfe, TI), byte(0xff, 0x12, 0x13, 0x10)], // TMP411A, B, C
  tmp431: tmp42x(0x31),
  tmp432: tmp42x(0x32),
  tmp435: tmp42x(0x35),
  tmp451: lm90(TI),
  tmp461: lm90(TI),
  tmp464: [word(0xfe, TI_WORD), word(0xff, 0x1468)],
  tmp468: [word(0xfe, TI_WORD), word(0xff, 0x0468)],
  lm86: lm90(NATIONAL),
  lm89: lm90(NATIONAL),
  lm90: lm90(NATIONAL),
  lm99: lm90(NATIONAL),
  adm1032: lm90(ANALOG),
  adt7461: lm90(ANALOG),
  adt7461a: lm90(ANALOG),
  nct1008: lm90(ANALOG),
  nct72: lm90(ANALOG),
  nct214: lm90(ANALOG),
  nct218: lm90(ON),
  g781: lm90(GMT),
  max6657: lm90(MAXIM),
  max6658: lm90(MAXIM),
  sa56004: lm90(NXP),
  w83l771: lm90(WINBOND),
  emc1402: emc14xx(0x20),
  emc1403: emc14xx(0x21),
  emc1404: emc14xx(0x25),
  emc1412: emc14xx(0x20),
  emc1413: emc14xx(0x21),
  emc1414: emc14xx(0x25),
  emc1422: emc14xx(0x22),
  emc1423: emc14xx(0x23),
  emc1424: emc14xx(0x27),
  emc1428: emc14xx(0x29),
  emc1438: emc14xx(0x59),
  emc2301: emc230x(0x37),
  emc2302: emc230x(0x36),
  emc2303: emc230x(0x35),
  emc2305: emc230x(0x34),
  adt7470: [byte(0x3d, 0x70), byte(0x3e, ANALOG)],
  adt7473: adt747x(0x73),
  adt7475: adt747x(0x75),
  adt7476: adt747x(0x76),
  adt7490: [byte(0x3e, ANALOG), { register: 0x3f, width: 'byte', expected: [0x6c], mask: 0xfc }],
  nct7802: [byte(0xfd, 0x50), byte(0xfe, 0xc3)],
  max6639: [byte(0x3d, 0x58), byte(0x3e, MAXIM)],
  max31730: [byte(0x50, MAXIM), byte(0x51, 0x01)],
  max31785,
  max31785a: max31785,
  max31785b: max31785,
  mcp9804: [word(0x06, MICROCHIP_WORD)],
  mcp9808: [word(0x06, MICROCHIP_WORD)],
  mcp98243: [word(0x06, MICROCHIP_WORD)],
  mcp98244: [word(0x06, MICROCHIP_WORD)],
  adt7408: [word(0x06, 0x11d4)],
  mcp9600: [word(0x20, 0x4000, 0xff00)],
  spd5118: [byte(0x00, 0x51), byte(0x01, 0x18)],
  ina226: [word(0xfe, TI_WORD), word(0xff, 0x2260, 0xfff0)],
  ina237: [word(0x3e, TI_WORD)],
  ina238: [word(0x3e, TI_WORD)],
  ina260: [word(0xfe, TI_WORD), word(0xff, 0x2270, 0xfff0)],
  ina3221: [word(0xfe, TI_WORD), word(0xff, 0x3220)],
  adc128d818: [byte(0x3e, 0x01), byte(0x3f, 0x09)],
};

/**
 * As openChip, for a place where another chip may sit: `configure` fails while something else answers there, so that it is
 * neither read nor written as what it is not.
 */
export function openCheckedChip(name: string, bus: I2cBus, address: number, options: ChipOptions = {}): Chip {
  const chip = openChip(name, bus, address, options);
  const identity = identities[name];
  if (identity === undefined || (chip.kind !== 'sensor' && chip.kind !== 'fan')) return chip;
  const registers = new ChipRegisters(name, bus, address);
  const identify = () => checkIdentity(registers, identity);
  const configure = async () => {
    const known = await identify();
    return known.kind === 'failed' ? known : chip.configure();
  };
  return { ...chip, identify, configure };
}

async function checkIdentity(registers: ChipRegisters, identity: Identity): Promise<ChipResult> {
  for (const { register, width, expected, mask = 0xffff } of identity) {
    const read = () => (width === 'byte' ? registers.readByte(register) : registers.readWord(register));
    let answer = await read();
    // a wrong answer is asked for again: one corrupted byte makes no other chip
    if (answer.kind === 'ok' && !expected.includes(answer.value & mask)) answer = await read();
    if (answer.kind === 'failed') return answer;
    if (expected.includes(answer.value & mask)) continue;
    const digits = width === 'byte' ? 2 : 4;
    const text = (value: number) => `0x${value.toString(16).padStart(digits, '0')}`;
    const what = `answers as ${text(answer.value)}, expected ${expected.map(text).join(' or ')}: this is no ${registers.name}`;
    return registers.failure('fault', register, what);
  }
  return CHIP_OK;
}
