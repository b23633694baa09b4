// What sensing knows of a sensor, derived from the board: where it is, its unit and its thresholds.
import type { Board, SensorLimits } from '../board/schema.ts';

/** Unit of a chip's channel, by the hwmon prefix of its name. */
export type SensorUnit = 'C' | 'V' | 'A' | 'W' | 'rpm';

export interface Sensor {
  readonly name: string;
  readonly device: string;
  readonly channel: string;
  readonly unit: SensorUnit;
  readonly slot: number | null;
  readonly limits: SensorLimits;
  readonly hysteresis: number;
  readonly maxRisePerS: number;
}

export function sensorsOf(board: Board): readonly Sensor[] {
  return board.devices.flatMap((device) =>
    device.channels.map(({ sensor, channel, limits, hysteresis, maxRisePerS }) => ({
      name: sensor,
      device: device.id,
      channel,
      unit: unitOf(channel),
      slot: device.slot ?? null,
      limits,
      hysteresis,
      maxRisePerS,
    })),
  );
}

/** temp1 → °C, in1 → V, curr1 → A, power1 → W, fan1 → rpm. */
export function unitOf(channel: string): SensorUnit {
  if (channel.startsWith('temp')) return 'C';
  if (channel.startsWith('curr')) return 'A';
  if (channel.startsWith('power')) return 'W';
  return channel.startsWith('fan') ? 'rpm' : 'V';
}
