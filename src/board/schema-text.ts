// The committed JSON Schema of board files, as text: generated, so that it cannot say something else than the loader.
import { boardJsonSchema } from './parse.ts';

export function boardSchemaText(): string {
  const titled = { ...boardJsonSchema(), title: 'coldslot board', description: 'What is soldered where in a chassis.' };
  return `${JSON.stringify(titled, null, 2)}\n`;
}
