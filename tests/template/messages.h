// What note.* says and hears. These declarations are the public documentation of the module's methods.
#pragma once

#include <optional>
#include <string>
#include <string_view>
#include <tuple>

#include "common/base/limits.h"
#include "common/schema/fields.h"

namespace parley::note {

using schema::Bytes;
using schema::Optional;
using schema::Required;

struct Note {
  std::string text;  // empty: nothing was written yet
  int64_t time_ms = 0;

  static constexpr auto kFields = std::tuple{
      Required("text", &Note::text, "what was written last; empty when nothing was"),
      Required("time_ms", &Note::time_ms, "when"),
  };
};

struct Write {
  using Reply = Note;
  std::string text;
  std::optional<std::string> id = {};

  static constexpr std::string_view kMethod = "note.write";
  static constexpr auto kFields = std::tuple{
      Required("text", &Write::text, "1 to 200 bytes", Bytes(1, 200)),
      Optional("id", &Write::id, "the same id gives the same result, once, for 24 hours; at most 64 bytes",
               Bytes(limits::kIdMin, limits::kIdMax)),
  };
};

struct Read {
  using Reply = Note;

  static constexpr std::string_view kMethod = "note.read";
  static constexpr std::tuple<> kFields{};
};

// Told to the writer's other sessions.
struct Changed {
  std::string text;

  static constexpr std::string_view kMethod = "note.changed";
  static constexpr auto kFields = std::tuple{Required("text", &Changed::text, "what was written")};
};

}  // namespace parley::note
