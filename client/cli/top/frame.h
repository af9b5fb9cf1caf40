// What `parley top` shows: two looks at the system in, lines of text out. Knows no terminal and no server.
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <vector>

#include "client/cli/admin/messages.h"

namespace parley::cli {

// One look at the system.
struct Sample {
  int64_t mono_ms = 0;
  Nodes nodes;
  Slots slots;
  Stats stats;
};

enum class SortBy : uint8_t { kRate, kLatency, kErrors, kName };

struct FrameStyle {
  size_t rows = 24;  // 0: as many as there are
  size_t columns = 80;
  bool colours = false;
  SortBy sort = SortBy::kRate;
};

struct FrameParts {
  std::string server;
  std::string clock;    // the time of day
  std::string trouble;  // why it may be old; empty: it is not
  const Sample& now;
  const Sample* before = nullptr;  // rates are differences to this one; none: no rates yet
};

// At most `rows` lines of at most `columns` columns.
[[nodiscard]] std::vector<std::string> FrameOf(const FrameParts& parts, const FrameStyle& style);

}  // namespace parley::cli
