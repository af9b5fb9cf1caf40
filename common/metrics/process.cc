#include "common/metrics/process.h"

#include <sys/resource.h>
#include <sys/statvfs.h>
#include <unistd.h>

#include <ctime>
#include <filesystem>
#include <fstream>

#include "common/base/now.h"

namespace parley::metrics {
namespace {

using enum FamilyType;

// These have the names that Prometheus's own libraries give them, so that ready-made dashboards know them.
constexpr Family kCpuSeconds{"process_cpu_seconds_total", kCounter, "Processor time of all threads."};
constexpr Family kResidentBytes{"process_resident_memory_bytes", kGauge, "Memory that is in use."};
constexpr Family kVirtualBytes{"process_virtual_memory_bytes", kGauge, "Memory that is mapped."};
constexpr Family kOpenFiles{"process_open_fds", kGauge, "Open files and sockets."};
constexpr Family kOpenFilesMax{"process_max_fds", kGauge, "How many there may be."};
constexpr Family kStarted{"process_start_time_seconds", kGauge, "When it started, in seconds since 1970."};

constexpr Family kReadBytes{"parley_disk_read_bytes_total", kCounter, "Read from disks, so not found in any cache."};
constexpr Family kWrittenBytes{"parley_disk_written_bytes_total", kCounter, "Written to disks."};
constexpr Family kLoopCpuSeconds{"parley_loop_cpu_seconds_total", kCounter,
                                 "Processor time of the main loop's thread: one second a second is all it can have."};
constexpr Family kLoopWaitSeconds{"parley_loop_cpu_wait_seconds_total", kCounter,
                                  "How long the main loop could run and waited for a processor."};
constexpr Family kStoreBytes{"parley_store_bytes", kGauge, "Size of the data folder."};
constexpr Family kDiskFreeBytes{"parley_disk_free_bytes", kGauge, "Free on the disk of the data folder."};
constexpr Family kDiskBytes{"parley_disk_size_bytes", kGauge, "Size of the disk of the data folder."};
constexpr Family kDiskReserveBytes{"parley_disk_reserve_bytes", kGauge,
                                   "With less than this free, changes are refused."};
constexpr Family kBuild{"parley_build_info", kGauge, "Always 1; the version is a label."};

double Seconds(const timeval& time) {
  return static_cast<double>(time.tv_sec) + static_cast<double>(time.tv_usec) / 1e6;
}

size_t CountOpenFiles() {
  std::error_code error;
  size_t count = 0;
  for (std::filesystem::directory_iterator it("/proc/self/fd", error), end; !error && it != end; it.increment(error)) {
    ++count;
  }
  return count > 0 ? count - 1 : 0;  // the listing has one open itself
}

// Files may come and go meanwhile: a compaction is no reason to fail.
uint64_t FolderBytes(const std::string& folder) {
  std::error_code error;
  uint64_t bytes = 0;
  for (std::filesystem::recursive_directory_iterator it(folder, error), end; !error && it != end; it.increment(error)) {
    std::error_code gone;
    const uint64_t size = it->is_regular_file(gone) ? it->file_size(gone) : 0;
    if (!gone) bytes += size;
  }
  return bytes;
}

}  // namespace

ProcessStats::ProcessStats(std::string data, uint64_t disk_reserve_bytes)
    : data_(std::move(data)),
      disk_reserve_bytes_(disk_reserve_bytes),
      loop_thread_(gettid()),
      started_s_(static_cast<double>(ReadClocks().wall_ms) / 1e3) {
  has_loop_clock_ = pthread_getcpuclockid(pthread_self(), &loop_clock_) == 0;
}

void ProcessStats::Report(Exposition& out) const {
  out.Add(kBuild, uint64_t{1}, {{"version", PARLEY_VERSION}});
  out.Add(kStarted, started_s_);
  rusage usage{};
  if (getrusage(RUSAGE_SELF, &usage) == 0) out.Add(kCpuSeconds, Seconds(usage.ru_utime) + Seconds(usage.ru_stime));
  uint64_t mapped_pages = 0, resident_pages = 0;
  if (std::ifstream("/proc/self/statm") >> mapped_pages >> resident_pages) {
    const auto page_bytes = static_cast<uint64_t>(sysconf(_SC_PAGESIZE));
    out.Add(kResidentBytes, resident_pages * page_bytes);
    out.Add(kVirtualBytes, mapped_pages * page_bytes);
  }
  if (const size_t open = CountOpenFiles(); open > 0) out.Add(kOpenFiles, static_cast<uint64_t>(open));
  rlimit files{};
  if (getrlimit(RLIMIT_NOFILE, &files) == 0) out.Add(kOpenFilesMax, static_cast<uint64_t>(files.rlim_cur));
  std::ifstream io("/proc/self/io");
  for (std::string name; io >> name;) {
    uint64_t bytes = 0;
    if (!(io >> bytes)) break;
    if (name == "read_bytes:") out.Add(kReadBytes, bytes);
    if (name == "write_bytes:") out.Add(kWrittenBytes, bytes);
  }
  ReportLoopThread(out);
  if (!data_.empty()) ReportDisk(out);
}

void ProcessStats::ReportLoopThread(Exposition& out) const {
  timespec used{};
  if (has_loop_clock_ && clock_gettime(loop_clock_, &used) == 0) {
    out.Add(kLoopCpuSeconds, static_cast<double>(used.tv_sec) + static_cast<double>(used.tv_nsec) / 1e9);
  }
  uint64_t ran_ns = 0, waited_ns = 0;
  if (std::ifstream("/proc/self/task/" + std::to_string(loop_thread_) + "/schedstat") >> ran_ns >> waited_ns) {
    out.Add(kLoopWaitSeconds, static_cast<double>(waited_ns) / 1e9);
  }
}

void ProcessStats::ReportDisk(Exposition& out) const {
  out.Add(kStoreBytes, FolderBytes(data_));
  out.Add(kDiskReserveBytes, disk_reserve_bytes_);
  struct statvfs disk {};
  if (statvfs(data_.c_str(), &disk) != 0) return;
  out.Add(kDiskFreeBytes, static_cast<uint64_t>(disk.f_bavail) * disk.f_frsize);
  out.Add(kDiskBytes, static_cast<uint64_t>(disk.f_blocks) * disk.f_frsize);
}

}  // namespace parley::metrics
