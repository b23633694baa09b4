// What a command has to say: one JSON document for programs, or text for people.

export interface Output {
  readonly json: unknown;
  readonly text: string;
}

export function print(output: Output, json: boolean): void {
  process.stdout.write(json ? `${JSON.stringify(output.json)}\n` : output.text === '' ? '' : `${output.text}\n`);
}
