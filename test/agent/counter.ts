// The service that Moves are tested with, as a program for Node.

/** Counts durably enough for a killed process: the file first, then the journal. Ends on SIGTERM between two counts. */
export const COUNTER = `
const fs = require('fs'), file = process.env.STATE_DIRECTORY + '/count';
let n = fs.existsSync(file) ? Number(fs.readFileSync(file, 'utf8')) : 0;
process.on('SIGTERM', () => process.exit(0));
setInterval(() => {
  fs.writeFileSync(file + '.new', String(++n));
  fs.renameSync(file + '.new', file);
  fs.appendFileSync(process.env.JOURNAL, process.pid + ' ' + process.env.COLDSLOT_EPOCH + ' ' + n + '\\n');
}, 5);
`;
