// The note module. Knows nothing of sockets, sessions and other modules: a handler takes a request, reads and writes
// its slot through the context, and answers. What it says leaves the process once what it wrote is durable.
#pragma once

#include <string_view>
#include <vector>

#include "common/module/context.h"
#include "common/module/host.h"
#include "common/module/route.h"
#include "tests/template/messages.h"

namespace CLI {
class App;
}

namespace parley::note {

class NoteModule final : public module::Module {
 public:
  static constexpr std::string_view kName = "note";

  // Nothing can be chosen yet.
  struct Options {
    void AddTo(CLI::App&) {}
  };

  NoteModule(module::Host&, const Options&) {}

  [[nodiscard]] const std::vector<module::Route>& routes() const override;

 private:
  Result<Note> DoWrite(module::Context& ctx, const Write& request);
  Result<Note> DoRead(module::Context& ctx, const Read& request);
};

}  // namespace parley::note
