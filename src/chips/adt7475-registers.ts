// Registers of the ADT7473 family; see adt7475.ts. `…1`: of the first, the others follow.

export const ADT7475_REGISTER = {
  imon: 0x1d,
  vtt: 0x1e,
  extended3: 0x1f,
  voltage1: 0x20,
  temperature1: 0x25,
  /** Two bytes each, low byte first. */
  count1: 0x28,
  duty1: 0x30,
  configuration1: 0x40,
  status2: 0x42,
  vid: 0x43,
  pwmConfiguration1: 0x5c,
  configuration2: 0x73,
  extended1: 0x76,
  extended2: 0x77,
  configuration3: 0x78,
  configuration5: 0x7c,
  configuration4: 0x7d,
} as const;
