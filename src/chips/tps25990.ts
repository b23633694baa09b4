// TPS25990 eFuse (TI): DIRECT format with fixed coefficients, but for current and power, which depend on the resistor at
// its IMON pin. Coefficients and READ_VAUX as in Linux's tps25990 driver, which says that 1 kΩ gives a limit of 55 A: 1 V
// at IMON for 55 A, 18.18 µA an ampere. So `shuntMicroOhm` is the resistor's kΩ times 18,180.
import type { PmbusKind } from './pmbus.ts';
import { checkedShuntMicroOhm } from './ina2xx.ts';
import { direct } from './pmbus-hot-swap.ts';
import { railChannels, railIdentity } from './pmbus-rails.ts';
import type { RailNumbers } from './pmbus-rails.ts';

const READ_VAUX = 0xd0;
/** Volts at IMON for each ampere, µΩ, with the 1 kΩ that Linux takes where nobody says. */
const SHUNT_OF_1_KILO_OHM = 18_180;

const CHANNELS = railChannels([['vin', 'vmon', 'vout', 'iin', 'pin', 'temperature1']]);

const TPS25990: PmbusKind = {
  channels: CHANNELS,
  usesShunt: true,
  identify: (device, { shuntMicroOhm = SHUNT_OF_1_KILO_OHM }) => {
    const kiloOhm = checkedShuntMicroOhm(shuntMicroOhm, device.chip.place()) / SHUNT_OF_1_KILO_OHM;
    const numbers: RailNumbers = (quantity) => {
      switch (quantity) {
        case 'iin':
          return direct(9538 * kiloOhm, 0, -3);
        case 'pin':
          return direct(4901 * kiloOhm, 0, -4);
        case 'temperature1':
          return direct(140, 32_100, -2);
        default:
          return direct(5251, 0, -2);
      }
    };
    return Promise.resolve(railIdentity(CHANNELS, numbers, { commands: { vmon: READ_VAUX } }));
  },
};

export const tps25990Kinds: Readonly<Record<string, PmbusKind>> = { tps25990: TPS25990 };
