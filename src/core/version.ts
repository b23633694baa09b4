// The version of coldslot, as all of its processes tell it; package.json has the same.

export const VERSION = '0.1.0';
