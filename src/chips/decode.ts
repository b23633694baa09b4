// `chip decode`: a dump of a chip's registers → the attributes that the Linux driver shows for it.
// The file's form is in FORMATS: {"chip","width":"byte"|"word","registers":[hex…]}.
import * as z from 'zod';
import { ColdslotError } from '../core/errors.ts';
import { decoders } from './decoders.ts';
import type { Attributes } from './hwmon/attributes.ts';
import { RegisterDump } from './register-dump.ts';

export interface DecodeOptions {
  /** Wins over the file's own `chip`. */
  readonly chip?: string;
  readonly shuntMicroOhm?: number;
  /** The file's name, for messages. */
  readonly subject?: string;
}

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
  return decoder.attributes(new RegisterDump(chip, width, values), options.shuntMicroOhm);
}
