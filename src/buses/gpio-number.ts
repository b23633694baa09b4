// Linux' global number of a GPIO line: the controller's base plus the line, from /sys/class/gpio (Linux
// Documentation/admin-guide/gpio/sysfs.rst).
import { readFileSync, readdirSync } from 'node:fs';
import { join } from 'node:path';

/** Lines are given by Linux' own numbers. */
const GLOBAL = 'linux';

/**
 * @param gpioRoot normally `/sys/class/gpio`
 * @param chip the controller's label, or `linux`
 * @throws Error when there is no such controller, or it has no such line
 */
export function gpioNumber(gpioRoot: string, chip: string, line: number): number {
  if (chip === GLOBAL) return line;
  const controllers = readdirSync(gpioRoot).filter((name) => /^gpiochip\d+$/.test(name));
  const labels = controllers.map((name) => ({ name, label: text(gpioRoot, name, 'label') }));
  const found = labels.find(({ label }) => label === chip);
  if (found === undefined) {
    const known = labels.map(({ label }) => label).join(', ');
    throw new Error(`${gpioRoot} has no controller labelled ${chip}; it has ${known === '' ? 'none' : known}`);
  }
  const count = Number(text(gpioRoot, found.name, 'ngpio'));
  if (!(line < count)) throw new Error(`GPIO controller ${chip} has lines 0 to ${count - 1}, not ${line}`);
  return Number(text(gpioRoot, found.name, 'base')) + line;
}

function text(root: string, controller: string, file: string): string {
  return readFileSync(join(root, controller, file), 'utf8').trim();
}
