// Writes boards/board.schema.json and boards/modbus-map.schema.json from the schemas in src, for editors and for whoever
// writes a board or a map:
//   node --import tsx scripts/board-schema.ts
import { writeFileSync } from 'node:fs';
import { boardSchemaText, modbusMapSchemaText } from '../src/board/schema-text.ts';

writeFileSync(new URL('../boards/board.schema.json', import.meta.url), boardSchemaText());
writeFileSync(new URL('../boards/modbus-map.schema.json', import.meta.url), modbusMapSchemaText());
