// Comments out of JSON text, as nlohmann's parser with ignore_comments reads it: `// …` and `/* … */` become blanks, so
// that line and column of everything else stay as they are.
import { ColdslotError } from '../../core/errors.ts';

const TOKEN = /"(?:[^"\\\n]|\\.)*"|\/\/[^\n]*|\/\*[^]*?\*\/|\/\*/g;

/** @throws ColdslotError `bad-input`, subject `file:line`, for a comment that does not end */
export function withoutComments(file: string, text: string): string {
  return text.replaceAll(TOKEN, (token, offset: number) => {
    if (token.startsWith('"')) return token;
    if (token === '/*') {
      const line = text.slice(0, offset).split('\n').length;
      throw new ColdslotError('bad-input', `${file}:${line}`, 'expected "*/" at the end of the comment', 'add it');
    }
    return token.replaceAll(/[^\r\n]/g, ' ');
  });
}
