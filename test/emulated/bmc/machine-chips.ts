// What is soldered to the machine, as QEMU's arguments. `id` is the chip's name over QMP: /machine/peripheral/ID.
// Buses 0 to 3 and 8 are those of board.json; the twins on bus 4 belong to nobody, so Linux's drivers may have them.

const bus = (number: number) => `aspeed.i2c.bus.${number}`;

/** Linux' number of the twins' bus. */
export const TWIN_BUS = 4;

export interface Twin {
  readonly id: string;
  readonly model: string;
  readonly address: number;
  /** Duties that a fan controller is given first. */
  readonly ratios?: readonly number[];

  /** What is set from outside before each judgement: QEMU's properties, temperatures in thousandths of °C. */
  readonly loads: readonly Readonly<Record<string, number>>[];
}

/** `temperature0` and so on, the same for all four loads but for a shift from channel to channel. */
function remoteTemperatures(count: number, milliC: readonly number[]): Twin['loads'] {
  return milliC.map((first) =>
    Object.fromEntries(Array.from({ length: count }, (_, index) => [`temperature${index}`, first + index * 1_437])),
  );
}

const WIDE_MILLI_C = [25_063, -40_000, 0, 120_500];
/** QEMU's EMC141x has whole degrees and none below zero. */
const WHOLE_MILLI_C = [25_000, 0, 1_000, 119_000];

export const twins: readonly Twin[] = [
  {
    ...twin('tmp105', 0x48),
    loads: [25_063, -40_000, -63, 124_940].map((temperature) => ({ temperature })),
  },
  { ...twin('tmp421', 0x4e), loads: remoteTemperatures(2, WIDE_MILLI_C) },
  { ...twin('tmp422', 0x4d), loads: remoteTemperatures(3, WIDE_MILLI_C) },
  { ...twin('tmp423', 0x4f), loads: remoteTemperatures(4, WIDE_MILLI_C) },
  { ...twin('emc1413', 0x4c), loads: remoteTemperatures(3, WHOLE_MILLI_C) },
  { ...twin('emc1414', 0x1c), loads: remoteTemperatures(4, WHOLE_MILLI_C) },
  { ...twin('max31785', 0x52), ratios: [1, 0.75, 0.5, 0.3333, 0.1, 0], loads: [] },
];

/** QEMU, the kernel's drivers and ours have the same names. No ADM1272: QEMU 7.2 dies when the kernel's driver asks who it is. */
function twin(model: string, address: number): Omit<Twin, 'loads'> {
  return { id: `twin-${model}`, model, address };
}

/** @param fru file with the contents of sled 1's EEPROM, of the EEPROM's size */
export function chipArguments(fru: string, fruBytes: number): readonly string[] {
  const soldered = [
    `max31785,id=fans,bus=${bus(0)},address=0x52`,
    `pca9552,id=leds,bus=${bus(0)},address=0x60`,
    `pca9548,id=mux,bus=${bus(1)},address=0x70`,
    `tmp105,id=rear,bus=${bus(1)}/mux/i2c.2,address=0x49`,
    `tmp105,id=sled3,bus=${bus(1)}/mux/i2c.5,address=0x49`,
    `tmp421,id=sled1,bus=${bus(2)},address=0x4e`,
    `at24c-eeprom,id=sled1-fru,bus=${bus(2)},address=0x50,rom-size=${fruBytes},drive=fru`,
    `emc1413,id=sled2,bus=${bus(3)},address=0x4c`,
    `adm1272,id=hot-swap,bus=${bus(8)},address=0x10`,
    `tmp105,id=front,bus=${bus(8)},address=0x48`,
    ...twins.map(({ id, model, address }) => `${model},id=${id},bus=${bus(TWIN_BUS)},address=${address}`),
  ];
  const drive = `if=none,id=fru,format=raw,file=${fru.replaceAll(',', ',,')}`;
  return ['-drive', drive, ...soldered.flatMap((device) => ['-device', device])];
}
