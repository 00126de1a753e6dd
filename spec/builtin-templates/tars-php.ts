/** Template of services in PHP, which run on Swoole. */

import type { BuiltinTemplate } from './builtin-template.ts';

/**
 * `daemonize=0`: the agent supervises the process itself. One that puts itself into the background
 * looks like one that has ended, and its exit status and output would be lost. `php` without a
 * folder is found in the PATH of the service.
 */
export const tarsPhp: BuiltinTemplate = {
  name: 'tars.tarsphp.default',
  parent: 'tars.default',
  text: `<tars>
  <application>
    <client>
      sync-invoke-timeout=20000
      async-invoke-timeout=20000
    </client>
    <server>
      logsize=15M
      php=php
      buffer_output_size=12582912
      open_tcp_nodelay=1
      open_eof_check=0
      open_eof_split=0
      task_worker_num=1
      dispatch_mode=2
      daemonize=0
    </server>
  </application>
</tars>
`,
};
