// What every program's command line shares: --help with defaults, --version, --config, an environment variable for each
// option, logging, names, and the exit codes.
#pragma once

#include <CLI/CLI.hpp>
#include <optional>
#include <string>

namespace parley {

// What a program's exit code means; --help prints the list.
enum ExitCode : int {
  kExitOk = 0,
  kExitFailed = 1,
  kExitUsage = 2,
  kExitStartCheck = 3,  // open files, data folder, ports: the message says which and what to do
  kExitStore = 4,       // the store failed; nothing unsynced was acknowledged
};

struct CommonOptions {
  std::string name;        // of this process, unique in the cluster, such as message-1
  std::string host;        // where it runs; default: the machine's host name
  std::string ready_file;  // touched once the process is ready for work
  std::string metrics;     // HOST:PORT of metrics and health; empty: none
  std::string log_format = "text";
  std::string log_level = "info";
};

// Adds the common options. Call before adding the program's own.
void AddCommonOptions(CLI::App& app, CommonOptions& options, std::string_view default_name);

// Gives each option its environment variable (PARLEY_ and the long name in capitals), then parses. Returns nothing when
// the program should go on, else the exit code to leave with (help and version were printed; errors were explained).
[[nodiscard]] std::optional<int> ParseCommandLine(CLI::App& app, int argc, char** argv);

// Touches the ready file, if one was asked for, and tells systemd where a unit of Type=notify started this process.
void SayReady(const CommonOptions& options);

// Fails with a sentence when the process may not open at least `files` files; raises the soft limit to the hard one
// first.
[[nodiscard]] std::optional<std::string> CheckOpenFiles(uint64_t files);

}  // namespace parley
