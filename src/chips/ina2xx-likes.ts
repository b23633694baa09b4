// Power monitors of other makers with the registers and steps of an INA226: SY24655 (Silergy) and RTQ6056 (Richtek), as in
// Linux's ina2xx and rtq6056 drivers. Linux has the RTQ6056's channels in IIO; here they are named as an INA226's are.
import type { Ina2xxVariant } from './ina2xx.ts';
import { INA226 } from './ina2xx.ts';

/** That bit 15 of the bus voltage always reads 0 is said of an INA226 only. */
const LIKE_INA226: Ina2xxVariant = { ...INA226, busZeroBits: 0, hasAlerts: false };

export const ina2xxLikes: Readonly<Record<string, Ina2xxVariant>> = {
  /** Linux calibrates it so that a bit of current is worth half of one of the shunt voltage. */
  sy24655: { ...LIKE_INA226, calibration: 4096 },
  rtq6056: LIKE_INA226,
};
