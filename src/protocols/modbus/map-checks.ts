// What a map's parts say about each other must hold together: one list of everything that does not, by path of keys.
import { registerCount } from './numbers.ts';
import { MAX_READ } from './read-groups.ts';
import type { ModbusMap, ModbusRegister } from './register-map.ts';

export interface MapProblem {
  readonly keys: readonly (string | number)[];
  /** What was expected there. */
  readonly message: string;
}

const LAST_REGISTER = 65_535;
/** An event's code has at most 60 characters, and `-ended` is put behind the flag's name. */
const LONGEST_FLAG = 54;

/** hwmon prefix → the unit a channel of that name has. */
const UNITS = { temp: 'C', in: 'V', curr: 'A', power: 'W', fan: 'rpm' } as const;

/** Everything that is wrong; empty when the map can be used. */
export function checkMap(map: ModbusMap): readonly MapProblem[] {
  return [...rangeProblems(map), ...registerProblems(map), ...overlaps(map), ...flagProblems(map), ...actuators(map)];
}

function rangeProblems({ units, probe }: ModbusMap): MapProblem[] {
  const wrong = units.flatMap(({ from, to }, u) =>
    from <= to ? [] : [{ keys: ['units', u, 'to'], message: `expected ${from} or more, found ${to}` }],
  );
  if (probe.at + probe.count - 1 <= LAST_REGISTER) return wrong;
  return [
    ...wrong,
    { keys: ['probe', 'count'], message: `expected registers up to ${LAST_REGISTER}, these end beyond it` },
  ];
}

function registerProblems({ registers }: ModbusMap): MapProblem[] {
  const names = new Set<string>();
  const channels = new Set<string>();
  return registers.flatMap((register, r) => {
    const problems: MapProblem[] = [];
    const report = (key: string, message: string) => problems.push({ keys: ['registers', r, key], message });
    if (names.has(register.name)) report('name', `expected each name once, ${register.name} is used before`);
    names.add(register.name);
    if (endOf(register) > LAST_REGISTER) report('at', `expected registers up to ${LAST_REGISTER}, it ends beyond it`);
    if (register.type === 'string' || register.type === 'flags') return problems;
    if (register.scale === 0) report('scale', 'expected a scale other than 0');
    const { channel, unit } = register;
    if (channel === undefined) return problems;
    if (channels.has(channel)) report('channel', `expected each channel once, ${channel} is used before`);
    channels.add(channel);
    const wanted = UNITS[channel.replace(/\d+$/, '') as keyof typeof UNITS];
    if (unit !== wanted) report('unit', `expected "${wanted}", the unit of ${channel}, found "${unit}"`);
    return problems;
  });
}

function overlaps({ registers }: ModbusMap): MapProblem[] {
  const taken = new Map<number, string>();
  return registers.flatMap((register, r) => {
    let other: string | undefined;
    for (let at = register.at; at <= endOf(register); at++) {
      other ??= taken.get(at);
      taken.set(at, register.name);
    }
    if (other === undefined) return [];
    return [{ keys: ['registers', r, 'at'], message: `expected registers of its own, ${other} has some of them` }];
  });
}

/** A flag's name is its event's code: it names one thing of the device. */
function flagProblems({ registers }: ModbusMap): MapProblem[] {
  const names = new Set<string>();
  return registers.flatMap((register, r) => {
    if (register.type !== 'flags') return [];
    const bits = new Set<number>();
    return register.bits.flatMap(({ bit, name }, b) => {
      const keys = ['registers', r, 'bits', b];
      const problems: MapProblem[] = [];
      if (bits.has(bit)) problems.push({ keys: [...keys, 'bit'], message: `expected each bit once, ${bit} is before` });
      if (names.has(name)) {
        problems.push({ keys: [...keys, 'name'], message: `expected each flag's name once, ${name} is used before` });
      }
      if (name.length > LONGEST_FLAG) {
        const message = `expected at most ${LONGEST_FLAG} characters, it becomes the code of an event; found ${name.length}`;
        problems.push({ keys: [...keys, 'name'], message });
      }
      bits.add(bit);
      names.add(name);
      return problems;
    });
  });
}

function actuators(map: ModbusMap): MapProblem[] {
  const outputs = new Set<number>();
  const places = new Set<number>();
  return map.actuators.flatMap((actuator, a) => {
    const problems: MapProblem[] = [];
    const report = (keys: readonly (string | number)[], message: string) =>
      problems.push({ keys: ['actuators', a, ...keys], message });
    const { pwm, at, prepare } = actuator;
    if (outputs.has(pwm)) report(['pwm'], `expected each output once, ${pwm} is used before`);
    if (places.has(at)) report(['at'], `expected a register of its own, ${at} is another output's`);
    outputs.add(pwm);
    places.add(at);
    const covering = map.registers.find((register) => register.at <= at && at <= endOf(register));
    if (covering !== undefined && !(covering.type === 'u16' || covering.type === 'i16')) {
      report(['at'], `expected a register of 16 bits, ${covering.name} there is ${covering.type}`);
    }
    prepare.forEach((write, p) => {
      if (map.actuators.some((other) => other.at === write.at)) {
        report(['prepare', p, 'at'], `expected no register of a speed, ${write.at} is one`);
      }
    });
    return problems;
  });
}

/** Its last register. */
function endOf(register: ModbusRegister): number {
  return register.at + Math.min(registerCount(register), MAX_READ) - 1;
}
