package shop;

import com.qq.tars.common.support.Holder;
import com.qq.tars.common.util.Config;
import com.qq.tars.server.config.ConfigurationManager;
import com.qq.tars.support.config.ConfigHelper;
import java.io.IOException;

/** Answers from the configuration file that the library saved. */
public class Prices implements Price {
  private static final String FILE = "prices.conf";

  /** Here, and not in a listener of the context, which is told when callers have been let in. */
  public Prices() {
    if (!ConfigHelper.getInstance().loadConfig(FILE)) {
      throw new IllegalStateException("no configuration");
    }
  }

  /** Reads the file each time: the platform may have pushed another one. */
  @Override
  public int getPrice(String item, Holder<String> place) {
    String folder = ConfigurationManager.getInstance().getServerConfig().getBasePath();
    try {
      Config config = Config.parseFile(folder + "/conf/" + FILE);
      place.setValue(config.get("/shop<place>"));
      return config.getInt("/shop/prices<" + item + ">", -1);
    } catch (IOException e) {
      throw new IllegalStateException(e);
    }
  }
}
