// What the server's processes used, read from /proc: processor time and memory.
#pragma once

#include <sys/types.h>

#include <string>
#include <string_view>
#include <vector>

#include "common/base/result.h"

namespace parley::bench {

struct ProcessUse {
  pid_t pid = 0;
  std::string name;
  double cpu_s = 0;       // user and system, since it started
  double memory_kib = 0;  // resident

  // What was used since an earlier reading of the same process.
  [[nodiscard]] ProcessUse Since(const ProcessUse& before) const {
    return {pid, name, cpu_s - before.cpu_s, memory_kib - before.memory_kib};
  }
};

// From `1234,5678`, or the name of a file (or several, by commas) with pids in it, one a line.
[[nodiscard]] Result<std::vector<pid_t>> ParsePids(std::string_view text);
// kNotFound when one of them is gone.
[[nodiscard]] Result<std::vector<ProcessUse>> ReadProcesses(const std::vector<pid_t>& pids);
[[nodiscard]] std::vector<ProcessUse> Since(const std::vector<ProcessUse>& now, const std::vector<ProcessUse>& before);

}  // namespace parley::bench
