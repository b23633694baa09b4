// MPS multiphase regulators whose numbers are partly LINEAR11 and partly fields of a fixed resolution, which a register
// selects or which is brought to the finest one here. Registers and resolutions as in Linux's drivers, which are named
// at each. In a field only the bits of the number count.
import type { ChipFailure } from './chip.ts';
import type { PmbusIdentity, PmbusKind, PmbusNumber } from './pmbus.ts';
import { direct } from './pmbus-hot-swap.ts';
import { LINEAR11, lowBits, railChannels, railIdentity } from './pmbus-rails.ts';
import type { RailNumbers, RailQuantity } from './pmbus-rails.ts';
import type { PmbusRegisters } from './pmbus-registers.ts';
import { PMBUS_PAGE } from './pmbus-registers.ts';
import { POWER_NOT_GOOD } from './pmbus-status.ts';
import { readOnPage, updateOnPage } from './pmbus-pages.ts';

const VOUT_MODE = 0x20;
const VOUT_MODE_DIRECT = 0x40;

const INPUT: readonly RailQuantity[] = ['vin', 'iin', 'pin'];
const OUTPUT: readonly RailQuantity[] = ['vout', 'iout', 'pout', 'temperature1'];

/** 1 mV, 1 °C and 1/32 V a bit. */
const MILLI_VOLT = direct(1, 0, 3);
const DEGREE = direct(1);
const VIN_32ND = lowBits(10, 1 / 32);

/** MP2993 (mp2993.c): set to 1 mV a bit. */
function mp2993(): PmbusKind {
  const channels = railChannels([[...INPUT, ...OUTPUT], OUTPUT]);
  const identity = railIdentity(channels, numbersOf({ vin: VIN_32ND, vout: MILLI_VOLT, temperature1: DEGREE }));
  return kind(channels, async (device) => {
    for (const page of [1, 0]) {
      const selected = await device.writeByte(PMBUS_PAGE, page);
      if (selected.kind === 'failed') return selected;
      const written = await device.writeByte(VOUT_MODE, VOUT_MODE_DIRECT);
      if (written.kind === 'failed') return written;
    }
    return identity;
  });
}

const RESO_SET = 0xc7;

/** MP2971 and MP2973 (mp2975.c): STATUS_WORD says that power is good, not that it is not. How many phases the second rail has is on page 2; without any it is not there. */
function mp2971(): PmbusKind {
  const multiConfig2 = 0x1d;
  const channels = railChannels([
    [...INPUT, ...OUTPUT],
    ['vout', 'iout', 'pout'],
  ]);
  const numbers = numbersOf({ vout: MILLI_VOLT });
  return kind(channels, async (device) => {
    const config = await readOnPage(device, 2, multiConfig2);
    if (config.kind === 'failed') return config;
    // Bits 7:6 of page 0 and 4:3 of page 1: 1 mV a bit.
    const first = await updateOnPage(device, 0, RESO_SET, 0xc0, 0x80);
    if (first.kind === 'failed') return first;
    const hasSecond = (config.value & 7) !== 0;
    const second = hasSecond ? await updateOnPage(device, 1, RESO_SET, 0x18, 0x10) : first;
    if (second.kind === 'failed') return second;
    return { ...railIdentity(channels, numbers, { pages: hasSecond ? 2 : 1 }), invertedStatus: POWER_NOT_GOOD };
  });
}

/** MP9941 (mp9941.c): set to 1 mV and 0.5 A of input current a bit. */
function mp9941(): PmbusKind {
  const iccMax = 0x02;
  const channels = railChannels([[...INPUT, ...OUTPUT]]);
  const numbers = { vin: VIN_32ND, iin: lowBits(11, 0.5), vout: MILLI_VOLT, temperature1: DEGREE };
  const identity = railIdentity(channels, numbersOf(numbers));
  return kind(channels, async (device) => {
    const scale = await updateOnPage(device, 2, iccMax, 0xe000, 0);
    if (scale.kind === 'failed') return scale;
    // The device has one rail, so its page is never selected again.
    const format = await updateOnPage(device, 0, RESO_SET, 0xcc, 0xc0);
    return format.kind === 'failed' ? format : identity;
  });
}

/** V a bit of READ_VOUT by bits 12:10 of VOUT_SCALE_LOOP; A a bit of READ_IOUT by bits 2:0 of MFR_SVI3_IOUT_PRT. */
const MP2869_VOUT = [6.25e-3, 5e-3, 2.5e-3, 2e-3, 1e-3, 1 / 256e3, 1 / 512e3, 1 / 1024e3];
const MP2869_IOUT = [1, 1 / 32, 1 / 16, 1 / 8, 1 / 4, 1 / 2, 1, 2];

/** MP2869, MP29608, MP29612 and MP29816 (mp2869.c): input current and power are those of each rail, as estimated. */
function mp2869(): PmbusKind {
  const voutScaleLoop = 0x29;
  const svi3IoutPrt = 0x67;
  const channels = railChannels([
    ['vin', 'iin', 'pin', ...OUTPUT],
    ['iin', 'pin', ...OUTPUT],
  ]);
  return kind(channels, async (device) => {
    const scales: { readonly vout: number; readonly iout: number }[] = [];
    for (const page of [0, 1]) {
      const vout = await readOnPage(device, page, voutScaleLoop);
      if (vout.kind === 'failed') return vout;
      const iout = await device.readWord(svi3IoutPrt);
      if (iout.kind === 'failed') return iout;
      scales.push({ vout: MP2869_VOUT[(vout.value >> 10) & 7] ?? 0, iout: MP2869_IOUT[iout.value & 7] ?? 0 });
    }
    const numbers: RailNumbers = (quantity, page) => {
      const fields: Numbers = {
        vin: lowBits(11, 1 / 32),
        vout: lowBits(12, scales[page]?.vout ?? 0),
        iout: lowBits(11, scales[page]?.iout ?? 0),
        temperature1: lowBits(11, 1),
      };
      return fields[quantity] ?? LINEAR11;
    };
    return railIdentity(channels, numbers, { commands: { pin: 0x94, iin: 0x95 } });
  });
}

export const mpsRegulatorKinds: Readonly<Record<string, PmbusKind>> = {
  mp2869: mp2869(),
  mp29608: mp2869(),
  mp29612: mp2869(),
  mp29816: mp2869(),
  mp2971: mp2971(),
  mp2973: mp2971(),
  mp2993: mp2993(),
  mp9941: mp9941(),
};

type Numbers = Partial<Readonly<Record<RailQuantity, PmbusNumber>>>;

/** LINEAR11 but for these. */
function numbersOf(numbers: Numbers): RailNumbers {
  return (quantity) => numbers[quantity] ?? LINEAR11;
}

/** Pages are selected while it is found out what the device is, so it is one job. */
function kind(
  channels: PmbusKind['channels'],
  identify: (device: PmbusRegisters) => Promise<PmbusIdentity | ChipFailure>,
): PmbusKind {
  return { channels, identify: (device) => device.onPage(null, () => identify(device)) };
}
