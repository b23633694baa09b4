// Where we mean to differ from the kernel's drivers, and why. Everything else that differs is a mistake.
import type { Difference } from './compare.ts';

export interface KnownDifference {
  readonly reason: string;
  readonly chips: RegExp;
  readonly of: Difference['of'];
  readonly attribute: RegExp;
  /** Whether this very difference is the one meant. */
  readonly when: (difference: Difference) => boolean;
}

const JC42 = /^(jc42|adt7408|mcp98|se9[78]|stts2004|tse2004)/;

function number(value: number | string | null): number {
  return typeof value === 'number' ? value : Number.NaN;
}

/** What lm25066.c shows: register · ratio, rounded, in the coefficients m and b of the input voltage with R = -2. */
const AUXILIARY: Readonly<Record<string, readonly [stepMicroVolt: number, ratio: number, m: number, b: number]>> = {
  lm25056: [293, 293 / 6140, 16296, 1343],
  lm25066: [283.2, 2832 / 45400, 22070, -1800],
  lm5064: [700, 70 / 453, 4611, -642],
  lm5066: [725, 725 / 2180, 4587, -1200],
  lm5066i: [725, 725 / 2180, 4617, -140],
};

function auxiliaryMilliVolt(chip: string, ours: number): number {
  const [stepMicroVolt, ratio, m, b] = AUXILIARY[chip] ?? [Number.NaN, 0, 1, 0];
  const register = Math.round((ours * 1000) / stepMicroVolt);
  return ((Math.round(register * ratio) * 100 - b) / m) * 1000;
}

export const knownDifferences: readonly KnownDifference[] = [
  {
    reason: 'a temperature below -55 °C, or all ones where the low bits read 0, is no measurement to us',
    chips: /^(lm75a?|ds75|tmp(75|105|112|175))$/,
    of: 'reading',
    attribute: /^temp1_input$/,
    // −63 and −125 m°C are all ones in 12 and 11 bits; the TMP112's 13 bits are worth twice of what the kernel shows
    when: ({ chip, ours, kernel }) =>
      ours === 'implausible' &&
      (number(kernel) < (chip === 'tmp112' ? -27_500 : -55_000) || kernel === -63 || kernel === -125),
  },
  {
    reason:
      'the kernel does not know the 13-bit mode of the TMP112, which bit 0 of the register tells: twice its value',
    chips: /^tmp112$/,
    of: 'reading',
    attribute: /^temp1_input$/,
    when: ({ ours, kernel }) => Math.abs(number(ours) - 2 * number(kernel)) <= 126,
  },
  {
    reason: 'the kernel does not know the 13-bit mode of the TMP112: attributes are twice its values',
    chips: /^tmp112$/,
    of: 'decode',
    attribute: /^temp1_(input|max|max_hyst)$/,
    when: ({ ours, kernel }) => Math.abs(number(ours) - 2 * number(kernel)) <= 126,
  },
  {
    reason: 'attributes that Linux 5.16 added to its tmp421 driver: decode shows those of every version',
    chips: /^tmp42[123]$/,
    of: 'decode',
    attribute: /^temp(1_fault|\d_enable)$/,
    when: ({ ours }) => ours === null,
  },
  {
    reason: 'attributes that Linux added after 6.1 to its drivers of INA226 and MAX31790',
    chips: /^(ina226|ina23[01]|max31790)$/,
    of: 'decode',
    attribute: /^(curr1_l?crit(_alarm)?|fan\d_min)$/,
    when: ({ kernel }) => kernel === null,
  },
  {
    reason: 'power is voltage times current to us: signed, and finer than the steps of the power register',
    chips: /^ina/,
    of: 'reading',
    attribute: /^power1_input$/,
    when: ({ chip, ours, kernel }) => {
      const stepMicroWatt = chip === 'ina219' || chip === 'ina220' ? 20_000 : 6250;
      return Math.abs(Math.abs(number(ours)) - number(kernel)) <= stepMicroWatt;
    },
  },
  {
    reason: 'bit 15 of the bus voltage always reads 0 on an INA226: with it set, nothing was measured',
    chips: /^ina(226|23[01])$/,
    of: 'reading',
    attribute: /^(in1|power1)_input$/,
    // 8000h · 1.25 mV
    when: ({ ours, kernelAll }) => ours === 'implausible' && number(kernelAll['in1_input'] ?? null) >= 40_960,
  },
  {
    reason: 'a tachometer count of 0 is no speed to us, and the fastest there is or a standstill to the kernel',
    chips: /^(max31790|adt74(7[0356]|90)|nct7802|max6639|emc230\d)$/,
    of: 'reading',
    attribute: /^fan\d_input$/,
    when: ({ ours, kernel }) => ours === 'implausible' && (kernel === 7_864_320 || kernel === 0),
  },
  {
    reason: 'the kernel shows no duty of a MAX31790 output whose pin is a tachometer input',
    chips: /^max31790$/,
    of: 'reading',
    attribute: /^pwm\d$/,
    when: ({ attribute, kernel, kernelAll }) =>
      kernel === null && kernelAll[`fan${Number(attribute.slice(3)) + 6}_input`] !== undefined,
  },
  {
    reason: 'a temperature below -55 °C, or of 128 °C and more in the standard range, is no measurement to us',
    chips: /^(tmp4[0-9]{2}|tmp108|max31730|emc14|lm|adm1032|g781|adt7461|nct|max66|sa56004|w83l771|w83773g)/,
    of: 'reading',
    attribute: /^temp\d_input$/,
    when: ({ ours, kernel }) => ours === 'implausible' && (number(kernel) < -55_000 || number(kernel) >= 128_000),
  },
  {
    reason: "Linux's emc1403 driver shows fractions of a degree only since 6.11",
    chips: /^emc14/,
    of: 'decode',
    attribute: /^temp\d_(input|min|max)(_hyst)?$/,
    when: ({ ours, kernel }) => Math.floor(number(ours) / 1000) * 1000 === kernel,
  },
  {
    reason: "fractions of a degree that Linux's emc1403 driver cuts off before 6.11",
    chips: /^emc14/,
    of: 'reading',
    attribute: /^temp\d_input$/,
    when: ({ ours, kernel }) => Math.floor(number(ours) / 1000) * 1000 === kernel,
  },
  {
    reason: 'all ones where the low bits read 0 is no measurement to us',
    chips: /^tmp108$/,
    of: 'reading',
    attribute: /^temp1_input$/,
    when: ({ ours, kernel }) => ours === 'implausible' && kernel === -62,
  },
  {
    reason: 'below -40 °C or at 150 °C and more a JC42.4 sensor does not measure',
    chips: JC42,
    of: 'reading',
    attribute: /^temp1_input$/,
    when: ({ ours, kernel }) => ours === 'implausible' && (number(kernel) < -40_000 || number(kernel) >= 150_000),
  },
  {
    reason:
      "the update interval of Linux's jc42 driver before 6.13 is a temperature: it does not look what it is asked for",
    chips: JC42,
    of: 'decode',
    attribute: /^update_interval$/,
    when: ({ ours, kernelAll, kernel }) =>
      ours === null && Object.values(kernelAll).filter((value) => value === kernel).length > 1,
  },
  {
    reason:
      'the kernel takes an EMC230x for set to 1000 rpm and more, where counts are doubled; we read the range it is set to',
    chips: /^emc230\d$/,
    of: 'reading',
    attribute: /^fan\d_input$/,
    when: ({ ours, kernel }) =>
      [0.5, 2, 4].some((factor) => Math.abs(number(ours) - factor * number(kernel)) <= factor),
  },
  {
    reason: 'a fan that stalled is faulty to us; the kernel looks only for one too slow at full drive',
    chips: /^emc230\d$/,
    of: 'reading',
    attribute: /^fan\d_fault$/,
    when: ({ ours }) => ours === 1,
  },
  {
    reason: "the kernel shows the INA3221's shunt voltages in µV (Documentation/hwmon/ina3221.rst)",
    chips: /^ina3221$/,
    of: 'reading',
    attribute: /^in[456]_input$/,
    when: ({ ours, kernel }) => Math.abs(number(ours) * 1000 - number(kernel)) < 1,
  },
  {
    reason: 'the label of the sum of an INA3221 is words; decode shows numbers',
    chips: /^ina3221$/,
    of: 'decode',
    attribute: /^in7_label$/,
    when: ({ ours, kernel }) => ours === null && typeof kernel === 'string',
  },
  {
    reason: 'attributes that Linux added after 6.1 to its max6639 driver',
    chips: /^max6639$/,
    of: 'decode',
    attribute: /^(fan\d_pulses|pwm\d_freq)$/,
    when: ({ kernel }) => kernel === null,
  },
  {
    reason: 'a step of the ADC128D818 is 1/4096 of the reference (SNAS483); the kernel reckons with 1/4095',
    chips: /^adc128d818$/,
    of: 'reading',
    attribute: /^in\d_input$/,
    when: ({ ours, kernel }) => Math.abs((number(ours) * 4096) / 4095 - number(kernel)) <= 0.5,
  },
  {
    reason: 'a step of the ADS7828 is 2.5 V / 4096, 610.35 µV (SBAS181); the kernel reckons with whole µV',
    chips: /^ads7828$/,
    of: 'reading',
    attribute: /^in\d_input$/,
    when: ({ ours, kernel }) => Math.abs((number(ours) / 2500) * 4096 * 0.61 - number(kernel)) <= 0.5,
  },
  {
    reason: 'the kernel shows the mask of alarms in hex',
    chips: /^adt7470$/,
    of: 'decode',
    attribute: /^alarm_mask$/,
    when: ({ ours, kernel }) => Number.parseInt(String(kernel), 16) === ours,
  },
  {
    reason: 'Linux 6.1 hides the second PECI temperature while it is off; other versions do not',
    chips: /^nct7802$/,
    of: 'decode',
    attribute: /^temp6_/,
    when: ({ kernel }) => kernel === null,
  },
  {
    reason: 'the kernel shows no duty of an ADT7475 output whose pin it takes for an alert',
    chips: /^adt74(7[356]|90)$/,
    of: 'reading',
    attribute: /^pwm2$/,
    when: ({ kernel }) => kernel === null,
  },
  {
    reason: 'the current monitor input of an ADT7490, which Linux 6.1 does not show and later versions do',
    chips: /^adt7490$/,
    of: 'reading',
    attribute: /^in6_input$/,
    when: ({ kernel }) => kernel === null,
  },
  {
    reason:
      'the kernel turns the auxiliary voltage of an LM25066 into steps of its input voltage, with the offset of that; of LM5064 and LM5066 it takes those steps for smaller than they are',
    chips: /^lm(250[56]6|506[46]i?)$/,
    of: 'reading',
    attribute: /^in2_input$/,
    when: ({ chip, ours, kernel }) => Math.abs(auxiliaryMilliVolt(chip, number(ours)) - number(kernel)) <= 1,
  },
  {
    reason: 'a PLI1209BC that is off has no output voltage and temperature to us; the kernel shows 0',
    chips: /^pli1209bc$/,
    of: 'reading',
    attribute: /^(in2|temp1)_input$/,
    when: ({ ours, kernel }) => ours === 'off' && kernel === 0,
  },
  {
    reason: 'the kernel shows no more than 3276.7 W of output power of a PLI1209BC',
    chips: /^pli1209bc$/,
    of: 'reading',
    attribute: /^power2_input$/,
    when: ({ ours, kernel }) =>
      Math.abs(number(ours)) > Math.abs(number(kernel)) && Math.abs(number(kernel)) >= 3.2767e9,
  },
  {
    reason: 'a LINEAR11 word of all ones is no value to us, and -1/2 to the kernel',
    chips: /^xdpe1/,
    of: 'reading',
    attribute: /^(in[12]|curr\d|power\d|temp\d)_input$/,
    when: ({ ours, kernel }) => ours === 'implausible' && (kernel === -500 || kernel === -500_000),
  },
  {
    reason: 'an output voltage of all ones is no value to us',
    chips: /^xdpe1/,
    of: 'reading',
    attribute: /^in[34]_input$/,
    when: ({ ours, kernelAll }) => ours === 'implausible' && kernelAll['in1_input'] === -500,
  },
  {
    reason: "the conversion rate that Linux's emc1403 driver shows since 6.11",
    chips: /^emc14/,
    of: 'decode',
    attribute: /^update_interval$/,
    when: ({ kernel }) => kernel === null,
  },
];

export function explanation(difference: Difference): KnownDifference | undefined {
  return knownDifferences.find(
    ({ chips, of, attribute, when }) =>
      chips.test(difference.chip) && of === difference.of && attribute.test(difference.attribute) && when(difference),
  );
}
