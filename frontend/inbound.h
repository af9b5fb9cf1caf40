// Cuts the bytes of one client into messages. Keeps bytes only of a message that is not complete yet.
#pragma once

#include <cstdint>
#include <memory>
#include <string>
#include <string_view>

#include "common/base/limits.h"
#include "common/schema/framer.h"

namespace parley::frontend {

class Inbound {
 public:
  // Calls `on_message(bytes)` for each whole message; where it returns false, the rest is not looked at.
  // Returns what is wrong with the bytes, or an empty text. After that nothing more may be fed.
  template <class F>
  std::string_view Feed(std::string_view bytes, int64_t now_ms, F&& on_message) {
    while (!bytes.empty()) {
      if (partial_ == nullptr) {
        schema::Framer framer(limits::kRequestBytesMax, limits::kDepthMax);
        const schema::Framer::State state = framer.Scan(bytes);
        if (state == schema::Framer::State::kNeedMore) {
          partial_ = std::make_unique<Partial>(Partial{std::string(bytes), framer, now_ms});
          return {};
        }
        if (state != schema::Framer::State::kComplete) return ProblemOf(state);
        const size_t size = framer.size();
        if (!on_message(bytes.substr(0, size))) return {};
        bytes.remove_prefix(size);
        continue;
      }
      const schema::Framer::State state = partial_->framer.Scan(bytes);
      if (state == schema::Framer::State::kNeedMore) {
        partial_->bytes.append(bytes);
        return {};
      }
      if (state != schema::Framer::State::kComplete) return ProblemOf(state);
      const size_t size = partial_->framer.size() - partial_->bytes.size();
      const std::unique_ptr<Partial> whole = std::move(partial_);
      whole->bytes.append(bytes.substr(0, size));
      if (!on_message(std::string_view(whole->bytes))) return {};
      bytes.remove_prefix(size);
    }
    return {};
  }

  [[nodiscard]] bool incomplete() const { return partial_ != nullptr; }
  // When the first byte of the incomplete message came.
  [[nodiscard]] int64_t incomplete_since_ms() const { return partial_->since_ms; }
  void Clear() { partial_.reset(); }

 private:
  struct Partial {
    std::string bytes;
    schema::Framer framer;
    int64_t since_ms;
  };
  static std::string_view ProblemOf(schema::Framer::State state);

  std::unique_ptr<Partial> partial_;
};

}  // namespace parley::frontend
