// What is soldered to the machine, as QEMU's arguments. `id` is the chip's name over QMP: /machine/peripheral/ID.
// Buses 0 to 3 and 8 are those of board.json; the twins on bus 4 belong to nobody, so Linux's drivers may have them.

const bus = (number: number) => `aspeed.i2c.bus.${number}`;

/** Linux' number of the twins' bus. */
export const TWIN_BUS = 4;

export interface Twin {
  readonly id: string;
  readonly model: string;
  readonly kernelName: string;
  readonly chip: string;
  readonly address: number;
  readonly shuntMicroOhm?: number;
  /** Duties that a fan controller is given first. */
  readonly ratios?: readonly number[];
}

export const twins: readonly Twin[] = [
  { id: 'twin-tmp105', model: 'tmp105', kernelName: 'tmp105', chip: 'tmp105', address: 0x48 },
  { id: 'twin-tmp421', model: 'tmp421', kernelName: 'tmp421', chip: 'tmp421', address: 0x4e },
  { id: 'twin-tmp423', model: 'tmp423', kernelName: 'tmp423', chip: 'tmp423', address: 0x4f },
  { id: 'twin-emc1413', model: 'emc1413', kernelName: 'emc1413', chip: 'emc1413', address: 0x4c },
  { id: 'twin-emc1414', model: 'emc1414', kernelName: 'emc1414', chip: 'emc1414', address: 0x1c },
  {
    id: 'twin-max31785',
    model: 'max31785',
    kernelName: 'max31785',
    chip: 'max31785',
    address: 0x52,
    ratios: [1, 0.75, 0.5, 0.3333, 0.1, 0],
  },
];

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
    `tmp105,id=front,bus=${bus(8)},address=0x48`,
    ...twins.map(({ id, model, address }) => `${model},id=${id},bus=${bus(TWIN_BUS)},address=${address}`),
  ];
  const drive = `if=none,id=fru,format=raw,file=${fru.replaceAll(',', ',,')}`;
  return ['-drive', drive, ...soldered.flatMap((device) => ['-device', device])];
}
