package shop;

import com.qq.tars.client.Communicator;
import com.qq.tars.client.CommunicatorFactory;
import com.qq.tars.common.support.Holder;
import com.qq.tars.server.config.ConfigurationManager;
import com.qq.tars.server.config.ServerConfig;
import com.qq.tars.server.core.AppContextEvent;
import com.qq.tars.server.core.AppContextListener;
import com.qq.tars.server.core.AppServantEvent;
import com.qq.tars.support.log.prx.LogInfo;
import com.qq.tars.support.log.prx.LogPrx;
import com.qq.tars.support.notify.NotifyHelper;
import com.qq.tars.support.property.CommonPropertyPolicy;
import com.qq.tars.support.property.PropertyReportHelper;
import com.qq.tars.support.stat.InvokeStatHelper;
import java.util.Collections;
import java.util.concurrent.Executors;
import java.util.concurrent.TimeUnit;

/** Calls another service by name, and tells the platform of it. */
public class Beginning implements AppContextListener {
  private final ServerConfig server = ConfigurationManager.getInstance().getServerConfig();
  private final Communicator communicator = CommunicatorFactory.getInstance().getCommunicator();
  private final CallBook calls = new CallBook(System.getenv("CALLS_FILE"));

  @Override
  public void appServantStarted(AppServantEvent event) {}

  @Override
  public void appContextStarted(AppContextEvent event) {
    NotifyHelper.getInstance().notifyWarn("prices are told");
    PropertyReportHelper.getInstance()
        .createPropertyReporter("calls", new CommonPropertyPolicy.Count());
    Price callee = communicator.stringToProxy(Price.class, System.getenv("CALLEE"));
    LogPrx log = communicator.stringToProxy(LogPrx.class, server.getLog());
    Executors.newSingleThreadScheduledExecutor()
        .scheduleWithFixedDelay(() -> call(callee, log), 500, 500, TimeUnit.MILLISECONDS);
  }

  private void call(Price callee, LogPrx log) {
    try {
      Holder<String> place = new Holder<>("");
      callee.getPrice("apple", place);
      calls.add(place.getValue(), null);
      PropertyReportHelper.getInstance().reportPropertyValue("calls", 1);
      LogInfo info = new LogInfo();
      info.setAppname(server.getApplication());
      info.setServername(server.getServerName());
      info.setSFilename("calls");
      info.setSFormat("%Y%m%d");
      log.loggerbyInfo(info, Collections.singletonList("an apple of " + place.getValue() + "\n"));
      report();
    } catch (RuntimeException e) {
      calls.add(null, e);
      e.printStackTrace();
    }
  }

  /** As the library does it by itself, which begins 10 to 40 s after the start. */
  private void report() {
    String callee = System.getenv("CALLEE");
    communicator.getStatHelper().report(InvokeStatHelper.getInstance().getProxyStat(callee), true);
    PropertyReportHelper.getInstance().report();
  }
}
