// What a fuzz target gives: something to do with arbitrary bytes, and bytes to begin with. A finding is a crash: a
// CHECK, a sanitizer's report, an exception that nobody catches.
#pragma once

#include <cstddef>
#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

#include "common/base/check.h"

namespace parley::fuzz {

// Defined by each target.
void Run(std::string_view bytes);
[[nodiscard]] std::vector<std::string> Seeds();

// Takes numbers off the front of the bytes: decisions of the target that the fuzzer may learn to make.
class Choices {
 public:
  explicit Choices(std::string_view& bytes) : bytes_(bytes) {}
  size_t Below(size_t bound) {
    if (bytes_.empty()) return 0;
    const auto byte = static_cast<uint8_t>(bytes_[0]);
    bytes_.remove_prefix(1);
    return byte % bound;
  }

 private:
  std::string_view& bytes_;
};

}  // namespace parley::fuzz

#ifdef __clang__
extern "C" inline __attribute__((used)) int LLVMFuzzerTestOneInput(const uint8_t* data, size_t size) {
  parley::fuzz::Run({reinterpret_cast<const char*>(data), size});
  return 0;
}
#endif
