package shop;

import com.google.gson.Gson;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.Paths;
import java.nio.file.StandardCopyOption;
import java.util.HashMap;
import java.util.Map;

/** What became of the calls, written to a file again and again for the test to read. */
class CallBook {
  private final transient Path path;
  private int calls;
  private int failed;
  private final Map<String, Integer> reasons = new HashMap<>();
  private final Map<String, Integer> places = new HashMap<>();

  CallBook(String path) {
    this.path = Paths.get(path);
  }

  void add(String place, RuntimeException error) {
    calls += 1;
    if (error == null) {
      places.merge(place, 1, Integer::sum);
    } else {
      failed += 1;
      reasons.merge(String.valueOf(error.getMessage()), 1, Integer::sum);
    }
    write();
  }

  private void write() {
    Path draft = Paths.get(path + ".new");
    try {
      Files.write(draft, new Gson().toJson(this).getBytes(StandardCharsets.UTF_8));
      Files.move(draft, path, StandardCopyOption.REPLACE_EXISTING);
    } catch (IOException e) {
      e.printStackTrace();
    }
  }
}
