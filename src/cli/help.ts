// The help: every command's form with a line on what it does, generated from the commands themselves.
import type { Command } from './command.ts';

const FORM_WIDTH = 32;

export function helpText(withController: readonly Command[], without: readonly Command[]): string {
  return [
    'coldslot COMMAND [--json] [--socket PATH]',
    '',
    ...withController.flatMap(helpLines),
    '',
    'without a controller:',
    ...without.flatMap(helpLines),
    '',
    '--json prints one JSON document. --socket is that of the controller; else it is looked for where scripts/start puts it.',
    'Exit status: 0 done, 1 it failed, 2 wrong usage or bad input, 4 no controller.',
  ].join('\n');
}

function helpLines({ form, about }: Command): string[] {
  if (form.text.length <= FORM_WIDTH) return [`  ${form.text.padEnd(FORM_WIDTH)}  ${about}`];
  return [`  ${form.text}`, `  ${''.padEnd(FORM_WIDTH)}  ${about}`];
}
