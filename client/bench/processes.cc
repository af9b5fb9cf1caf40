#include "client/bench/processes.h"

#include <unistd.h>

#include <charconv>
#include <fstream>
#include <sstream>

namespace parley::bench {
namespace {

std::optional<pid_t> PidOf(std::string_view word) {
  pid_t pid = 0;
  const auto [end, error] = std::from_chars(word.data(), word.data() + word.size(), pid);
  if (error != std::errc() || end != word.data() + word.size() || pid <= 0) return std::nullopt;
  return pid;
}

Result<ProcessUse> ReadProcess(pid_t pid) {
  ProcessUse use;
  use.pid = pid;
  const std::string folder = "/proc/" + std::to_string(pid);
  std::ifstream stat(folder + "/stat");
  std::string line;
  if (!std::getline(stat, line)) return Fail(Code::kNotFound, "there is no process " + std::to_string(pid));
  // pid (name) state ppid … The name may hold spaces and parentheses.
  const size_t open = line.find('('), close = line.rfind(')');
  if (open == std::string::npos || close == std::string::npos)
    return Fail(Code::kInternal, folder + "/stat: unreadable");
  use.name = line.substr(open + 1, close - open - 1);
  std::istringstream fields(line.substr(close + 2));
  std::string skipped;
  for (int i = 3; i < 14; ++i) fields >> skipped;
  double user_ticks = 0, system_ticks = 0;
  fields >> user_ticks >> system_ticks;
  use.cpu_s = (user_ticks + system_ticks) / static_cast<double>(sysconf(_SC_CLK_TCK));

  std::ifstream statm(folder + "/statm");
  double total_pages = 0, resident_pages = 0;
  statm >> total_pages >> resident_pages;
  use.memory_kib = resident_pages * static_cast<double>(sysconf(_SC_PAGESIZE)) / 1024;
  return use;
}

}  // namespace

Result<std::vector<pid_t>> ParsePids(std::string_view text) {
  std::vector<pid_t> pids;
  std::istringstream words{std::string(text)};
  for (std::string word; std::getline(words, word, ',');) {
    if (const auto pid = PidOf(word)) {
      pids.push_back(*pid);
      continue;
    }
    std::ifstream file(word);
    if (!file) return Fail(Code::kBadRequest, "pids: '" + word + "' is neither a pid nor a file that can be read");
    for (std::string line; file >> line;) {
      const auto pid = PidOf(line);
      if (!pid) return Fail(Code::kBadRequest, "pids: '" + line + "' in " + word + " is no pid");
      pids.push_back(*pid);
    }
  }
  return pids;
}

Result<std::vector<ProcessUse>> ReadProcesses(const std::vector<pid_t>& pids) {
  std::vector<ProcessUse> uses;
  for (const pid_t pid : pids) {
    TRY_ASSIGN(ProcessUse use, ReadProcess(pid));
    uses.push_back(std::move(use));
  }
  return uses;
}

std::vector<ProcessUse> Since(const std::vector<ProcessUse>& now, const std::vector<ProcessUse>& before) {
  std::vector<ProcessUse> used;
  for (size_t i = 0; i < now.size() && i < before.size(); ++i) used.push_back(now[i].Since(before[i]));
  return used;
}

}  // namespace parley::bench
