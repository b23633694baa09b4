// What a command has to say: one JSON document for programs, or text for people.
import { printable } from '../surfaces/console/cells.ts';

export interface Output {
  readonly json: unknown;
  readonly text: string;
}

/** What is written to standard output. Names come from sleds: nothing in them reaches the terminal's controls. */
export function written(output: Output, isJson: boolean): string {
  if (isJson) return `${JSON.stringify(output.json)}\n`;
  return output.text === '' ? '' : `${output.text.split('\n').map(printable).join('\n')}\n`;
}
