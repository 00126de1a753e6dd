/**
 * fast-check with the seed of the suite: the same cases on every run, so that a change is never blamed
 * for a case that another day draws. `PROPERTY_SEED=random` draws new ones, `PROPERTY_SEED=<n>` repeats.
 */

import * as fc from 'fast-check';

const wanted = process.env['PROPERTY_SEED'] ?? '20261127';
const seed = wanted === 'random' ? Math.trunc(Math.random() * 0x7fff_ffff) : Number(wanted);
fc.configureGlobal({ ...fc.readConfigureGlobal(), seed });

export { fc };
