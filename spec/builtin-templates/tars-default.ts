/** `tars.default`: what every TARS library wants to be told (tars-contract §2.10, §5.2). */

import type { BuiltinTemplate } from './builtin-template.ts';

/**
 * `logLevel` and `loglevel`: C++, Go and Tars.js read the one, Java does not start without the
 * other. `nodename` and `node_name`: Go reads the second. An interval of 10 s is cheap, because the
 * agent next to the service answers. How long a service may take to start and to stop is said in
 * `Service.spec.run`, so it is not said here.
 */
export const tarsDefault: BuiltinTemplate = {
  name: 'tars.default',
  text: `<tars>
  <application>
    enableset=\${enableset}
    setdivision=\${setdivision}
    <client>
      locator=\${locator}
      sync-invoke-timeout=3000
      async-invoke-timeout=5000
      refresh-endpoint-interval=10000
      stat=tars.tarsstat.StatObj
      property=tars.tarsproperty.PropertyObj
      report-interval=60000
      asyncthread=\${asyncthread}
      modulename=\${modulename}
    </client>
    <server>
      app=\${app}
      server=\${server}
      nodename=\${nodename}
      node_name=\${nodename}
      node=\${node}
      localip=\${localip}
      local=\${local}
      basepath=\${basepath}
      datapath=\${datapath}
      logpath=\${logpath}
      logsize=10M
      lognum=10
      logLevel=DEBUG
      loglevel=DEBUG
      config=tars.tarsconfig.ConfigObj
      notify=tars.tarsnotify.NotifyObj
      log=tars.tarslog.LogObj
    </server>
  </application>
</tars>
`,
};
