// What a draft lacks to be a board: the schema's findings, in the words of somebody who has the machine before them.
import { checkBoard } from '../check.ts';
import type { ChipCatalogue } from '../chip-catalogue.ts';
import { boardJsonSchema } from '../parse.ts';
import { schemaFindings } from '../schema-findings.ts';
import { boardSchema } from '../schema.ts';
import type { Finding } from '../finding.ts';

const explanations: readonly (readonly [pattern: RegExp, message: string])[] = [
  [/^\$\.slots$/, 'the slots: where each is, how a sled is seen and powered, its sensors, limit and air flow'],
  [/\.maxFlowM3s$/, 'the air it moves at full speed, m³/s'],
  [/\.idlePowerW$/, 'the power it takes at standstill, W'],
  [/\.maxPowerW$/, 'the power it takes at full speed, W'],
  [/\.fullRpm$/, 'the speed at full duty, rpm'],
  [/\.hwmon\.name$/, 'the fan controller: text of the name file of its device in /sys/class/hwmon'],
  [/^\$\.zones\[\d+\]\.airMovers$/, 'the air movers that the zone drives'],
  [/^\$\.zones\[\d+\]\.sensors$/, 'the temperatures that the zone looks at'],
];

/** Form first; a draft of the right form is checked as a board is. */
export function missingIn(draft: unknown, catalogue: ChipCatalogue): readonly Finding[] {
  const parsed = boardSchema.safeParse(draft);
  if (parsed.success) return checkBoard(parsed.data, catalogue);
  return schemaFindings(parsed.error.issues, draft, boardJsonSchema()).map(({ path, message }) => ({
    path,
    message: explanations.find(([pattern]) => pattern.test(path))?.[1] ?? message,
  }));
}
