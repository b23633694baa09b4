// A chassis cooled by a pumping unit on Modbus: two of its pumps are the air movers, its coolant is what is kept cool.
export interface LiquidBoard {
  [key: string]: unknown;
  buses: Record<string, unknown>[];
  devices: Record<string, unknown>[];
}

export function liquidBoard(): LiquidBoard {
  const pump = (n: number) => ({
    id: `pump${n}`,
    pwm: { device: 'rpu', channel: n },
    tachometers: [{ device: 'rpu', channel: n, fullRpm: 3000 }],
    maxFlowM3s: 0.01,
    idlePowerW: 5,
    maxPowerW: 120,
  });
  return {
    format: 'coldslot-board/1',
    id: 'liquid',
    name: 'A sled cooled by a pumping unit',
    buses: [{ id: 'cdu', kind: 'modbus-tcp', host: '127.0.0.1', port: 502 }],
    devices: [
      {
        id: 'rpu',
        chip: 'orv3-rpu',
        bus: 'cdu',
        address: '0x0c',
        channels: [{ channel: 'temp2', sensor: 'coolant', limits: { criticalHigh: 60 }, mustHave: true }],
      },
    ],
    airMovers: [pump(1), pump(2)],
    // quick, so that tests in real time need not wait for its integral
    zones: [
      {
        id: 'main',
        airMovers: ['pump1', 'pump2'],
        sensors: ['coolant'],
        slewDownPerS: 0.2,
        pi: { proportionalPerK: 0.05, integralPerKS: 0.02 },
      },
    ],
    slots: [
      {
        number: 1,
        row: 0,
        column: 0,
        sensors: { temperature: 'coolant' },
        limitC: 60,
        model: { idlePowerW: 100, share: { pump1: 0.5, pump2: 0.5 }, rKPerW: 0.01, kFlow: 0.01 },
      },
    ],
    intervalMs: 500,
  };
}
