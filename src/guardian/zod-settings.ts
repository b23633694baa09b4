// Before any schema is made: no validators compiled at run time. The guardian validates a board once and short messages
// now and then; compiling costs it more time at the start, and memory, than it ever saves.
import * as z from 'zod';

z.config({ jitless: true });
