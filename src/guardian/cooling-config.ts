// Board → what cooling needs to know of it.
import type { Board, BoardChannel, BoardDevice, BoardZone } from '../board/schema.ts';
import type { CoolingConfig, CoolingSensor, CoolingZone } from '../cooling/config.ts';
import { ColdslotError } from '../core/errors.ts';

export function coolingConfigOf(board: Board): CoolingConfig {
  const wanted = new Set(board.zones.flatMap((zone) => [...zone.sensors, ...zone.tables.map((table) => table.sensor)]));
  const sensors = new Map<string, CoolingSensor>();
  for (const device of board.devices) {
    for (const channel of device.channels) {
      const cools = wanted.has(channel.sensor) || channel.limits.powerDownHigh !== undefined;
      if (cools && channel.channel.startsWith('temp')) sensors.set(channel.sensor, sensorOf(device, channel));
    }
  }
  return {
    sensors,
    zones: board.zones.map((zone) => zoneOf(board, zone)),
    fans: board.airMovers.map(({ id, minRatio, tachometers }) => ({
      id,
      minRatio,
      fullRpm: tachometers.map(({ fullRpm }) => fullRpm),
    })),
  };
}

function sensorOf(device: BoardDevice, channel: BoardChannel): CoolingSensor {
  const { limits, sensor: name, mustHave, maxRisePerS, timeoutS } = channel;
  if (limits.criticalHigh === undefined) {
    throw new ColdslotError('bad-input', `sensor ${name}`, 'a temperature needs limits.criticalHigh', 'add it');
  }
  return {
    name,
    slot: device.slot ?? null,
    limitC: limits.warningHigh ?? limits.criticalHigh,
    criticalC: limits.criticalHigh,
    powerDownC: limits.powerDownHigh ?? null,
    mustHave,
    maxRisePerS,
    timeoutS,
  };
}

/** A zone serves the slots that have a sensor in it: feed-forward looks at their power, alarms at their alerts. */
function zoneOf(board: Board, zone: BoardZone): CoolingZone {
  const { airMovers, tables, ...rest } = zone;
  const members = new Set(zone.sensors);
  const served = board.slots.filter(({ sensors }) =>
    [sensors.temperature, sensors.inlet, sensors.memory].some((name) => members.has(name ?? '')),
  );
  return {
    ...rest,
    fans: airMovers,
    powerSensors: served.flatMap(({ sensors }) => sensors.power ?? []),
    slots: served.map(({ number, sensors }) => ({ slot: number, sensor: sensors.temperature })),
    tables: tables.map(({ sensor, hysteresisK, steps }) => ({
      sensor,
      hysteresisK,
      steps: steps.toSorted((a, b) => a.atC - b.atC),
    })),
  };
}
