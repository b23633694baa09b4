// MPS regulators for Intel processors, which are LINEAR11 but for the output voltage: 12 bits as VOUT_MODE says, a VID
// code counted from an offset among the ways. Registers, offsets and steps as in Linux's mp2925 and mp9945 drivers. In
// linear mode a bit is 2^-9 V, as VOUT_MODE says and the mp9945 driver reckons; the mp2925 driver takes it for 1/512 mV.
import type { ChipFailure } from './chip.ts';
import type { PmbusKind, PmbusNumber } from './pmbus.ts';
import { linear16Value, voutModeOf } from './pmbus-format.ts';
import { readOnPage } from './pmbus-pages.ts';
import { LINEAR11, lowBits, railChannels, railIdentity } from './pmbus-rails.ts';
import type { RailNumbers } from './pmbus-rails.ts';
import type { PmbusRegisters } from './pmbus-registers.ts';
import { PMBUS_PAGE } from './pmbus-registers.ts';

const VOUT_MODE = 0x20;
const VOUT_BITS = 12;
/** On the page of the rail's configuration. */
const VR_MULTI_CONFIG = 0x08;
const SVID_CONFIG = 0xbd;

interface Vid {
  readonly offset: number;
  readonly stepV: number;
}

type VoutAnswer = { readonly kind: 'ok'; readonly number: PmbusNumber } | ChipFailure;

const MP2925_CHANNELS = railChannels([
  ['vin', 'vout', 'iout', 'pin', 'pout', 'temperature1'],
  ['vout', 'iin', 'iout', 'pin', 'pout', 'temperature1'],
]);

/** MP2925 and MP2929: two rails, with their configuration on pages 3 and 4. */
const MP2925: PmbusKind = {
  channels: MP2925_CHANNELS,
  identify: (device) => device.onPage(null, () => identifyMp2925(device)),
};

async function identifyMp2925(device: PmbusRegisters) {
  const vouts: PmbusNumber[] = [];
  for (const page of [0, 1]) {
    const vid = async (): Promise<Vid | ChipFailure> => {
      const config = await readOnPage(device, 3 + page, VR_MULTI_CONFIG);
      return config.kind === 'failed' ? config : { offset: 49, stepV: (config.value & 0x20) === 0 ? 0.01 : 0.005 };
    };
    const vout = await voutNumber(device, page, vid);
    if (vout.kind === 'failed') return vout;
    vouts.push(vout.number);
  }
  const numbers: RailNumbers = (quantity, page) => (quantity === 'vout' ? (vouts[page] ?? LINEAR11) : LINEAR11);
  return railIdentity(MP2925_CHANNELS, numbers);
}

const MP9945_CHANNELS = railChannels([['vin', 'vout', 'iin', 'iout', 'pin', 'pout', 'temperature1']]);

/** MP9945: one rail, with its configuration on page 3. */
const MP9945: PmbusKind = {
  channels: MP9945_CHANNELS,
  identify: (device) => device.onPage(null, () => identifyMp9945(device)),
};

async function identifyMp9945(device: PmbusRegisters) {
  const vid = async (): Promise<Vid | ChipFailure> => {
    const config = await readOnPage(device, 3, VR_MULTI_CONFIG);
    if (config.kind === 'failed') return config;
    const svid = await device.readWord(SVID_CONFIG);
    if (svid.kind === 'failed') return svid;
    return { offset: (svid.value & 0x8000) === 0 ? 49 : 19, stepV: (config.value & 0x04) === 0 ? 0.01 : 0.005 };
  };
  const vout = await voutNumber(device, 0, vid);
  if (vout.kind === 'failed') return vout;
  // The device has one rail, so its page is never selected again.
  const back = await device.writeByte(PMBUS_PAGE, 0);
  if (back.kind === 'failed') return back;
  return railIdentity(MP9945_CHANNELS, (quantity) => (quantity === 'vout' ? vout.number : LINEAR11));
}

/** `vid` is asked for only where VOUT_MODE says so. */
async function voutNumber(
  device: PmbusRegisters,
  page: number,
  vid: () => Promise<Vid | ChipFailure>,
): Promise<VoutAnswer> {
  const selected = await device.writeByte(PMBUS_PAGE, page);
  if (selected.kind === 'failed') return selected;
  const register = await device.readByte(VOUT_MODE);
  if (register.kind === 'failed') return register;
  const mode = voutModeOf(register.value);
  switch (mode.kind) {
    case 'linear':
      return { kind: 'ok', number: lowBits(VOUT_BITS, linear16Value(1, mode.exponent)) };
    case 'direct':
      return { kind: 'ok', number: lowBits(VOUT_BITS, 0.001) };
    case 'vid': {
      const table = await vid();
      return 'kind' in table ? table : { kind: 'ok', number: vidFrom(table) };
    }
    case 'half':
      return device.chip.failure('fault', VOUT_MODE, 'half precision, which it does not have');
  }
}

/** A code of 0 is off. */
function vidFrom({ offset, stepV }: Vid): PmbusNumber {
  return {
    kind: 'own',
    valueOf: (raw) => {
      const code = raw & (2 ** VOUT_BITS - 1);
      return code === 0 ? 0 : (code + offset) * stepV;
    },
  };
}

export const mpsVidRegulatorKinds: Readonly<Record<string, PmbusKind>> = {
  mp2925: MP2925,
  mp2929: MP2925,
  mp9945: MP9945,
};
