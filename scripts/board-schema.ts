// Writes boards/board.schema.json from the schema in src/board, for editors and for whoever writes a board:
//   node --import tsx scripts/board-schema.ts
import { writeFileSync } from 'node:fs';
import { boardSchemaText } from '../src/board/schema-text.ts';

const target = new URL('../boards/board.schema.json', import.meta.url);
writeFileSync(target, boardSchemaText());
