#include "common/schema/framer.h"

namespace parley::schema {
namespace {

// What the first byte of a value says. MessagePack's format table:
// github.com/msgpack/msgpack/blob/master/spec.md#formats
struct Lead {
  enum Kind : uint8_t { kScalar, kList, kMap, kLength, kNever } kind;
  uint8_t count;  // kScalar: bytes that follow; kList, kMap: elements, pairs; kLength: bytes of the length
};

Lead LeadOf(uint8_t byte) {
  if (byte <= 0x7F || byte >= 0xE0) return {Lead::kScalar, 0};
  if (byte <= 0x8F) return {Lead::kMap, static_cast<uint8_t>(byte & 15)};
  if (byte <= 0x9F) return {Lead::kList, static_cast<uint8_t>(byte & 15)};
  if (byte <= 0xBF) return {Lead::kScalar, static_cast<uint8_t>(byte & 31)};
  switch (byte) {
    case 0xC1:
      return {Lead::kNever, 0};
    case 0xC4:  // bin 8, ext 8, str 8
    case 0xC7:
    case 0xD9:
      return {Lead::kLength, 1};
    case 0xC5:  // bin 16, ext 16, str 16, array 16, map 16
    case 0xC8:
    case 0xDA:
    case 0xDC:
    case 0xDE:
      return {Lead::kLength, 2};
    case 0xC6:  // the same with 32
    case 0xC9:
    case 0xDB:
    case 0xDD:
    case 0xDF:
      return {Lead::kLength, 4};
    case 0xCC:  // uint 8, int 8
    case 0xD0:
      return {Lead::kScalar, 1};
    case 0xCD:  // uint 16, int 16, fixext 1
    case 0xD1:
    case 0xD4:
      return {Lead::kScalar, 2};
    case 0xD5:  // fixext 2
      return {Lead::kScalar, 3};
    case 0xCA:  // float 32, uint 32, int 32
    case 0xCE:
    case 0xD2:
      return {Lead::kScalar, 4};
    case 0xD6:  // fixext 4
      return {Lead::kScalar, 5};
    case 0xCB:  // float 64, uint 64, int 64
    case 0xCF:
    case 0xD3:
      return {Lead::kScalar, 8};
    case 0xD7:  // fixext 8
      return {Lead::kScalar, 9};
    case 0xD8:  // fixext 16
      return {Lead::kScalar, 17};
    default:  // nil, false, true
      return {Lead::kScalar, 0};
  }
}

}  // namespace

Framer::State Framer::ValueDone() {
  while (depth_ > 0) {
    if (--left_[static_cast<size_t>(depth_ - 1)] > 0) return State::kNeedMore;
    --depth_;
  }
  return State::kComplete;
}

// A list or a map begins; `values` counts keys too.
Framer::State Framer::Open(uint64_t values, uint64_t bytes_at_least) {
  if (depth_ >= depth_max_) return State::kTooDeep;
  if (size_ + bytes_at_least > bytes_max_) return State::kTooLong;
  if (values == 0) return ValueDone();
  left_[static_cast<size_t>(depth_++)] = values;
  return State::kNeedMore;
}

Framer::State Framer::Scan(std::string_view bytes) {
  size_t at = 0;
  while (at < bytes.size()) {
    State state = State::kNeedMore;
    if (skip_ > 0) {
      const size_t step = std::min<uint64_t>(skip_, bytes.size() - at);
      at += step;
      size_ += step;
      skip_ -= step;
      if (skip_ == 0) state = ValueDone();
    } else if (length_bytes_ > 0) {
      length_ = (length_ << 8) | static_cast<uint8_t>(bytes[at]);
      ++at;
      ++size_;
      if (--length_bytes_ > 0) continue;
      if (kind_ == 0xDC || kind_ == 0xDD) {
        state = Open(length_, length_);
      } else if (kind_ == 0xDE || kind_ == 0xDF) {
        state = Open(uint64_t{length_} * 2, uint64_t{length_} * 2);
      } else {
        const bool extension = kind_ >= 0xC7 && kind_ <= 0xC9;
        skip_ = uint64_t{length_} + (extension ? 1 : 0);
        if (size_ + skip_ > bytes_max_) return State::kTooLong;
        if (skip_ == 0) state = ValueDone();
      }
    } else {
      const auto byte = static_cast<uint8_t>(bytes[at]);
      const Lead lead = LeadOf(byte);
      ++at;
      if (++size_ > bytes_max_) return State::kTooLong;
      switch (lead.kind) {
        case Lead::kNever:
          return State::kMalformed;
        case Lead::kScalar:
          skip_ = lead.count;
          if (size_ + skip_ > bytes_max_) return State::kTooLong;
          if (skip_ == 0) state = ValueDone();
          break;
        case Lead::kList:
          state = Open(lead.count, lead.count);
          break;
        case Lead::kMap:
          state = Open(uint64_t{lead.count} * 2, uint64_t{lead.count} * 2);
          break;
        case Lead::kLength:
          kind_ = byte;
          length_ = 0;
          length_bytes_ = lead.count;
          break;
      }
    }
    if (state != State::kNeedMore) return state;
  }
  return State::kNeedMore;
}

}  // namespace parley::schema
