// Finds where one MessagePack value ends in a stream of bytes, without parsing it, and without ever looking at a byte
// twice however the stream is cut. Refuses what is too long or too deep as soon as the bytes that say so are there.
#pragma once

#include <array>
#include <cstdint>
#include <string_view>

namespace parley::schema {

class Framer {
 public:
  enum class State : uint8_t {
    kNeedMore,   // all bytes were looked at, the value goes on
    kComplete,   // the value ends at size()
    kMalformed,  // 0xC1, the one byte that MessagePack never uses
    kTooLong,    // it is, or says it will be, longer than `bytes_max`
    kTooDeep,    // nested deeper than `depth_max`
  };

  // `depth_max` at most 32. A list inside a list is depth 2.
  Framer(size_t bytes_max, int depth_max) : bytes_max_(bytes_max), depth_max_(depth_max) {}

  // Looks at `bytes`, which continue those of the calls before; they belong to this value up to size().
  State Scan(std::string_view bytes);
  // Bytes of the value seen so far.
  [[nodiscard]] size_t size() const { return size_; }

 private:
  State Open(uint64_t values, uint64_t bytes_at_least);
  State ValueDone();

  size_t bytes_max_;
  int depth_max_;
  size_t size_ = 0;
  uint64_t skip_ = 0;         // bytes of a text, binary, number or extension still to come
  uint32_t length_ = 0;       // a length being read …
  uint8_t length_bytes_ = 0;  // … of which so many bytes are to come
  uint8_t kind_ = 0;          // the first byte of what the length belongs to
  int depth_ = 0;
  std::array<uint64_t, 32> left_{};  // values still to come, at each depth
};

}  // namespace parley::schema
