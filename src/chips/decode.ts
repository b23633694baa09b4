// `chip decode`: a dump of a chip's registers → the attributes that the Linux driver shows for it.
// The file's form is in FORMATS: {"chip","width":"byte"|"word","registers":[hex…]}.
import * as z from 'zod';
import { ColdslotError } from '../core/errors.ts';
import { ChipRegisters } from './chip-registers.ts';
import type { Attributes } from './hwmon/attributes.ts';
import { ina2xxAttributes } from './hwmon/ina2xx-attributes.ts';
import { lm75Attributes } from './hwmon/lm75-attributes.ts';
import { max31790Attributes } from './hwmon/max31790-attributes.ts';
import { adt7470Attributes } from './hwmon/adt7470-attributes.ts';
import { nct7802Attributes } from './hwmon/nct7802-attributes.ts';
import { jc42Attributes } from './hwmon/jc42-attributes.ts';
import { max31730Attributes } from './hwmon/max31730-attributes.ts';
import { spd5118Attributes } from './hwmon/spd5118-attributes.ts';
import { tmp108Attributes } from './hwmon/tmp108-attributes.ts';
import { tmp464Attributes } from './hwmon/tmp464-attributes.ts';
import { emc2305Attributes } from './hwmon/emc2305-attributes.ts';
import { emc1403Attributes } from './hwmon/emc1403-attributes.ts';
import { lm90Attributes } from './hwmon/lm90-attributes.ts';
import { tmp401Attributes } from './hwmon/tmp401-attributes.ts';
import { tmp421Attributes } from './hwmon/tmp421-attributes.ts';
import { INA2XX_REGISTER, ina2xxVariants } from './ina2xx.ts';
import { lm75Variants } from './lm75.ts';
import { MAX31790_PWMS, MAX31790_REGISTER } from './max31790.ts';
import type { RegisterWidth } from './register-file-bus.ts';
import { RegisterFileBus } from './register-file-bus.ts';
import { ADT7470_REGISTER } from './adt7470.ts';
import { JC42_REGISTER, jc42Names } from './jc42.ts';
import { MAX31730_REGISTER } from './max31730.ts';
import { SPD5118_REGISTER } from './spd5118.ts';
import { TMP108_REGISTER } from './tmp108.ts';
import { TMP464_REGISTER, tmp464Variants } from './tmp464.ts';
import { EMC2305_FAN_STEP, EMC2305_REGISTER, emc2305Variants } from './emc2305.ts';
import { EMC1403_REGISTER, emc1403Variants } from './emc1403.ts';
import { LM90_REGISTER, lm90Variants } from './lm90.ts';
import { TMP401_REGISTER, tmp401Variants } from './tmp401.ts';
import { TMP421_REGISTER, tmp421Variants } from './tmp421.ts';

export interface DecodeOptions {
  /** Wins over the file's own `chip`. */
  readonly chip?: string;
  readonly shuntMicroOhm?: number;
  /** The file's name, for messages. */
  readonly subject?: string;
}

/** The one address of the register file; nothing depends on it. */
const ADDRESS = 0x48;

// Other keys, such as where the dump is from, are nobody's business here.
const registerFileSchema = z
  .object({
    chip: z.string().min(1).max(32).optional(),
    width: z.enum(['byte', 'word']),
    registers: z
      .array(z.string().regex(/^[0-9a-fA-F]{1,4}$/, 'expected a register in hex, such as "7f" or "7f1c"'))
      .min(1)
      .max(256),
  })
  .superRefine((file, context) => {
    for (const [index, register] of file.registers.entries()) {
      if (file.width === 'word' || register.length <= 2) continue;
      const message = `"${register}" is more than a byte; expected one byte, or "width": "word"`;
      context.addIssue({ code: 'custom', path: ['registers', index], message });
    }
  });

interface Decoder {
  /** Of the chip's registers. */
  readonly width: RegisterWidth;
  /** How many, from 0 on, the attributes are made of. */
  readonly registers: number;
  readonly attributes: (registers: ChipRegisters, options: DecodeOptions) => Promise<Attributes>;
}

function family<V>(variants: Readonly<Record<string, V>>, decoder: (variant: V) => Decoder) {
  return Object.entries(variants).map(([name, variant]): [string, Decoder] => [name, decoder(variant)]);
}

const decoders: ReadonlyMap<string, Decoder> = new Map([
  ...family(lm75Variants, (variant) => ({
    width: 'word',
    registers: 4,
    attributes: (registers) => lm75Attributes(registers, variant),
  })),
  ...family(tmp421Variants, (channelCount) => ({
    width: 'byte',
    registers: TMP421_REGISTER.lowByte + channelCount,
    attributes: (registers) => tmp421Attributes(registers, channelCount),
  })),
  ...family(ina2xxVariants, (variant) => ({
    width: 'word',
    registers: (variant.hasAlerts ? INA2XX_REGISTER.alertLimit : INA2XX_REGISTER.current) + 1,
    attributes: (registers, options) => ina2xxAttributes(registers, variant, options.shuntMicroOhm),
  })),
  ...family({ max31790: MAX31790_REGISTER.targetCount1 + 2 * MAX31790_PWMS }, (count) => ({
    width: 'byte',
    registers: count,
    attributes: max31790Attributes,
  })),
  ...family(tmp401Variants, (variant) => ({
    width: 'word',
    registers: TMP401_REGISTER.thermStatus + 1,
    attributes: (registers) => tmp401Attributes(registers, variant),
  })),
  ...family(lm90Variants, (variant) => ({
    width: 'byte',
    registers: LM90_REGISTER.consecutiveAlert + 1,
    attributes: (registers) => lm90Attributes(registers, variant),
  })),
  ...family(emc1403Variants, (channelCount) => ({
    width: 'byte',
    registers: EMC1403_REGISTER.thermStatus + 1,
    attributes: (registers) => emc1403Attributes(registers, channelCount),
  })),
  ...family({ adt7470: ADT7470_REGISTER.sensors12 + 2 }, (count) => ({
    width: 'byte',
    registers: count,
    attributes: adt7470Attributes,
  })),
  ...family({ nct7802: 0xa9 }, (count) => ({
    width: 'byte',
    registers: count,
    attributes: nct7802Attributes,
  })),
  ...family(tmp464Variants, (channelCount) => ({
    width: 'word',
    registers: TMP464_REGISTER.remoteTherm21 + 8 * (channelCount - 2) + 1,
    attributes: (registers) => tmp464Attributes(registers, channelCount),
  })),
  ...family(Object.fromEntries(jc42Names.map((name) => [name, JC42_REGISTER.temperature + 1])), (count) => ({
    width: 'word',
    registers: count,
    attributes: jc42Attributes,
  })),
  ...family({ spd5118: SPD5118_REGISTER.status + 1 }, (count) => ({
    width: 'byte',
    registers: count,
    attributes: spd5118Attributes,
  })),
  ...family({ max31730: MAX31730_REGISTER.diodeFault + 1 }, (count) => ({
    width: 'byte',
    registers: count,
    attributes: max31730Attributes,
  })),
  ...family({ tmp108: TMP108_REGISTER.high + 1 }, (count) => ({
    width: 'word',
    registers: count,
    attributes: tmp108Attributes,
  })),
  ...family(emc2305Variants, (count) => ({
    width: 'byte',
    registers: EMC2305_REGISTER.count1 + EMC2305_FAN_STEP * (count - 1) + 2,
    attributes: (registers) => emc2305Attributes(registers, count),
  })),
]);

/** Chips that `decodeRegisters` knows. */
export function decodableChips(): readonly string[] {
  return [...decoders.keys()];
}

/**
 * The hwmon attributes (m°C, mV, mA, µW, rpm) of a register file.
 * Throws ColdslotError `bad-input` with the JSON path for a wrong file, an unknown chip or too few registers.
 */
export async function decodeRegisters(input: unknown, options: DecodeOptions = {}): Promise<Attributes> {
  const subject = options.subject ?? 'register file';
  const parsed = registerFileSchema.safeParse(input);
  if (!parsed.success) {
    const issue = parsed.error.issues[0];
    const path = issue === undefined || issue.path.length === 0 ? '' : ` ${issue.path.join('.')}`;
    const hint = 'give {"chip":"tmp421","width":"byte"|"word","registers":["19",…]}';
    throw new ColdslotError('bad-input', `${subject}${path}`, issue?.message ?? 'not a register file', hint);
  }
  const { width, registers } = parsed.data;
  const chip = options.chip ?? parsed.data.chip;
  const decoder = chip === undefined ? undefined : decoders.get(chip);
  if (chip === undefined || decoder === undefined) {
    const what = chip === undefined ? 'names no chip' : `no decoder knows chip ${JSON.stringify(chip)}`;
    throw new ColdslotError('bad-input', `${subject} chip`, what, `known: ${decodableChips().join(', ')}`);
  }
  // Words of byte registers hold the byte first on the wire; bytes of word registers lack the other half.
  if (decoder.width === 'word' && width === 'byte') {
    throw new ColdslotError(
      'bad-input',
      `${subject} width`,
      `the registers of ${chip} are words`,
      'dump them as words',
    );
  }
  if (registers.length < decoder.registers) {
    const what = `${registers.length} registers; ${chip} needs those from 0 to ${decoder.registers - 1}`;
    throw new ColdslotError('bad-input', `${subject} registers`, what, 'dump more of the chip');
  }
  const values = registers.map((register) => Number.parseInt(register, 16));
  return decoder.attributes(new ChipRegisters(chip, new RegisterFileBus(ADDRESS, width, values), ADDRESS), options);
}
