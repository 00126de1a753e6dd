/** Templates of services in Java: started from classes of the package, or from one jar. */

import type { BuiltinTemplate } from './builtin-template.ts';

/**
 * `basepath` ends with a slash. The options suit every virtual machine from Java 8 on: those for
 * the collector that Java 14 took out, and for printing its work, end newer ones at once. The heap
 * begins small, since many services share a machine; its size is a matter of the service's profile.
 */
export const tarsJava: BuiltinTemplate = {
  name: 'tars.tarsjava.default',
  parent: 'tars.default',
  text: `<tars>
  <application>
    <client>
      sync-invoke-timeout=20000
      async-invoke-timeout=20000
    </client>
    <server>
      logsize=15M
      mainclass=com.qq.tars.server.startup.Main
      classpath=\${basepath}conf:\${basepath}WEB-INF/classes:\${basepath}WEB-INF/lib
      jvmparams=-Xms128m -Xmx1024m -Xss1m
      sessiontimeout=120000
      sessioncheckinterval=60000
      tcpnodelay=true
      udpbuffersize=8192
      charsetname=UTF-8
      backupfiles=conf
    </server>
  </application>
</tars>
`,
};

export const tarsSpringboot: BuiltinTemplate = {
  name: 'tars.springboot',
  parent: 'tars.tarsjava.default',
  text: `<tars>
  <application>
    <server>
      packageFormat=jar
      mainclass=-jar \${basepath}\${app}.\${server}.jar
    </server>
  </application>
</tars>
`,
};
