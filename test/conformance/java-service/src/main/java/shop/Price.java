package shop;

import com.qq.tars.common.support.Holder;
import com.qq.tars.protocol.annotation.Servant;
import com.qq.tars.protocol.tars.annotation.TarsHolder;

/** What the generator of TARS makes of the interface Price in cluster-examples/tars/shop.tars. */
@Servant
public interface Price {
  int getPrice(String item, @TarsHolder(name = "place") Holder<String> place);
}
