// The program around a worker: options, start-up checks, and the main loop.
#pragma once

#include <functional>
#include <memory>
#include <string>

#include "common/base/options.h"
#include "common/module/route.h"

namespace parley::module {

struct Program {
  std::string module;
  std::function<void(CLI::App&)> add_options;
  // Called once options are parsed; an error is a failed start-up check.
  std::function<Result<void>()> check;
  std::function<std::unique_ptr<Module>(Host&)> make;
};

int RunProgram(int argc, char** argv, const Program& program);

// A module class has kName, Options with `void AddTo(CLI::App&)` and `Result<void> Check()`, and a constructor
// M(Host&, const Options&).
template <class M>
int Main(int argc, char** argv) {
  typename M::Options options;
  Program program;
  program.module = M::kName;
  program.add_options = [&](CLI::App& app) { options.AddTo(app); };
  program.check = [&]() -> Result<void> {
    if constexpr (requires { options.Check(); }) return options.Check();
    return {};
  };
  program.make = [&](Host& host) { return std::make_unique<M>(host, options); };
  return RunProgram(argc, argv, program);
}

}  // namespace parley::module
