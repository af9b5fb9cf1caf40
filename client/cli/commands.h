// The subcommands of `parley`, one file each: every function adds its own to the program and returns what runs it.
#pragma once

#include <CLI/CLI.hpp>
#include <functional>
#include <string>

namespace parley::cli {

// Returns the exit code. Called after the command line was read.
using Run = std::function<int()>;

Run AddChat(CLI::App& app);
Run AddCall(CLI::App& app);
Run AddTrace(CLI::App& app);
Run AddWatch(CLI::App& app);
Run AddMethods(CLI::App& app);
Run AddAdmin(CLI::App& app);
Run AddTop(CLI::App& app);
// Reads the names of all subcommands and options from `app` itself: add it last.
Run AddCompletion(CLI::App& app);

// Says `message` on standard error, as this program, and returns kExitFailed.
int Complain(const std::string& message);

}  // namespace parley::cli
