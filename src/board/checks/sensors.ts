// Sensors: their chips have the channel, temperatures have limits in order, and each has somebody who looks at it.
import { finding, type Finding } from '../finding.ts';
import type { BoardChannel, SensorLimits } from '../schema.ts';
import { listed, type BoardIndex } from './board-index.ts';

export function checkSensors(index: BoardIndex): Finding[] {
  const used = sensorsOfSlots(index);
  const zoned = new Set(index.board.zones.flatMap((zone) => zone.sensors));
  return index.board.devices.flatMap((device, d) => {
    const facts = index.catalogue.get(device.chip);
    const seen = new Set<string>();
    return device.channels.flatMap((channel, c) => {
      const path = ['devices', d, 'channels', c];
      const findings = limitFindings(channel, path);
      if (facts !== undefined && !facts.channels.includes(channel.channel)) {
        const has = facts.channels.length > 0 ? listed(facts.channels) : 'none';
        findings.push(
          finding([...path, 'channel'], `expected a channel of a ${device.chip} (${has}), found ${channel.channel}`),
        );
      }
      if (seen.has(channel.channel)) {
        findings.push(finding([...path, 'channel'], `expected each channel once, ${channel.channel} is used before`));
      }
      seen.add(channel.channel);
      if (
        isTemperature(channel) &&
        device.slot !== undefined &&
        !used.has(channel.sensor) &&
        !zoned.has(channel.sensor)
      ) {
        const message = `expected slot ${device.slot} or a zone to use it, ${channel.sensor} is a sensor without a slot`;
        findings.push(finding([...path, 'sensor'], message));
      }
      const pollS = facts?.modbus?.pollS.get(channel.channel) ?? 0;
      if (zoned.has(channel.sensor) && pollS >= channel.timeoutS) {
        const message = `expected more than the ${pollS} s after which the map of ${device.chip} has it read again`;
        findings.push(finding([...path, 'timeoutS'], `${message}, found ${channel.timeoutS}`));
      }
      if (channel.mustHave && !zoned.has(channel.sensor)) {
        findings.push(
          finding([...path, 'mustHave'], `expected a must-have sensor in a zone, ${channel.sensor} is in none`),
        );
      }
      return findings;
    });
  });
}

export function isTemperature({ channel }: BoardChannel): boolean {
  return channel.startsWith('temp');
}

function sensorsOfSlots({ board }: BoardIndex): ReadonlySet<string> {
  return new Set(board.slots.flatMap((slot) => Object.values(slot.sensors).filter((name) => name !== undefined)));
}

function limitFindings(channel: BoardChannel, path: readonly PropertyKey[]): Finding[] {
  const { limits } = channel;
  const findings: Finding[] = [];
  if (isTemperature(channel) && limits.criticalHigh === undefined) {
    const message = `expected the temperature ${channel.sensor} to have a limit, it is missing`;
    findings.push(finding([...path, 'limits', 'criticalHigh'], message));
  }
  return [...findings, ...orderFindings(limits, [...path, 'limits'])];
}

/** From the lowest limit to the highest; those not given are left out. */
const limitOrder = ['criticalLow', 'warningLow', 'warningHigh', 'criticalHigh', 'powerDownHigh'] as const;

function orderFindings(limits: SensorLimits, path: readonly PropertyKey[]): Finding[] {
  const given = limitOrder.flatMap((name) => {
    const value = limits[name];
    return value === undefined ? [] : [{ name, value }];
  });
  return given.flatMap((limit, i) => {
    const below = given[i - 1];
    if (below === undefined || below.value < limit.value) return [];
    return [finding([...path, limit.name], `expected more than ${below.name} (${below.value}), found ${limit.value}`)];
  });
}
