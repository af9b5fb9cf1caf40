// What the kernel knows of this process: processor, memory, files, disk. Reads files of /proc, so not for a main loop.
#pragma once

#include <pthread.h>
#include <sys/types.h>

#include <cstdint>
#include <string>

#include "common/metrics/exposition.h"

namespace parley::metrics {

class ProcessStats {
 public:
  // On the main loop's thread. `data`: the folder of its store; empty: none. `disk_reserve_bytes` are kept free there.
  ProcessStats(std::string data, uint64_t disk_reserve_bytes);

  // Any thread. What cannot be read is left out.
  void Report(Exposition& out) const;

 private:
  void ReportLoopThread(Exposition& out) const;
  void ReportDisk(Exposition& out) const;

  const std::string data_;
  const uint64_t disk_reserve_bytes_;
  const pid_t loop_thread_;
  clockid_t loop_clock_ = 0;
  bool has_loop_clock_ = false;
  const double started_s_;
};

}  // namespace parley::metrics
