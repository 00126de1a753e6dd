/** Templates of services that run on the C++ library: C++ itself, and Python, which wraps it. */

import type { BuiltinTemplate } from './builtin-template.ts';

/** `closecout=0`: the library would close the standard output after the start, and its text is lost. */
export const tarsCpp: BuiltinTemplate = {
  name: 'tars.cpp.default',
  parent: 'tars.default',
  text: `<tars>
  <application>
    <server>
      opencoroutine=0
      coroutinememsize=1G
      coroutinestack=128K
      closecout=0
      netthread=1
    </server>
  </application>
</tars>
`,
};

export const tarsPython: BuiltinTemplate = {
  name: 'tars.python.default',
  parent: 'tars.cpp.default',
  text: '',
};
