// Values for tests: any declared message, filled from a seed within the bounds of its fields. The same seed gives the
// same message.
#pragma once

#include <algorithm>
#include <cstdint>
#include <optional>
#include <string>
#include <tuple>
#include <vector>

#include "common/base/handle.h"
#include "common/schema/codec.h"

namespace parley::schema {

class Sampler {
 public:
  explicit Sampler(uint64_t seed) : state_(seed) {}

  uint64_t Next() {  // splitmix64
    state_ += 0x9E3779B97F4A7C15ULL;
    uint64_t z = state_;
    z = (z ^ (z >> 30)) * 0xBF58476D1CE4E5B9ULL;
    z = (z ^ (z >> 27)) * 0x94D049BB133111EBULL;
    return z ^ (z >> 31);
  }
  uint64_t Below(uint64_t n) { return Next() % n; }
  int64_t Between(int64_t low, int64_t high) {
    return low + static_cast<int64_t>(Below(static_cast<uint64_t>(high - low) + 1));
  }

  template <class T>
  T Make(const Bound& bound = {}) {
    T value{};
    Fill(value, bound);
    return value;
  }

 private:
  static constexpr int64_t kTextBytes = 24, kElements = 3;  // most samples are small

  void Fill(bool& value, const Bound&) { value = Below(2) == 1; }
  void Fill(int64_t& value, const Bound& bound) {
    // Where encodings change their length.
    static constexpr int64_t kEdges[] = {
        0,   1,    127,  128,     255,     256,           65'535,        65'536,        -1,        -32,
        -33, -128, -129, -32'768, -32'769, 2'147'483'647, 4'294'967'295, 4'294'967'296, INT64_MAX, INT64_MIN};
    value = Below(2) == 0 ? kEdges[Below(std::size(kEdges))] : static_cast<int64_t>(Next() >> Below(64));
    value = std::clamp(value, bound.min, bound.max);
  }
  void Fill(uint64_t& value, const Bound&) { value = Next() >> Below(64); }
  void Fill(std::string& value, const Bound& bound) {
    const int64_t least = std::max<int64_t>(bound.min, 0);
    const auto size = static_cast<size_t>(Between(least, std::min(bound.max, least + kTextBytes)));
    while (value.size() < size) {
      // Two bytes make one character here and there.
      if (value.size() + 2 <= size && Below(8) == 0) {
        value += "\xC3\xA9";
      } else {
        value += static_cast<char>(' ' + Below(95));
      }
    }
  }
  void Fill(Encoded& value, const Bound&) {
    Writer writer(value.bytes);
    writer.Map(2);
    writer.Text("a");
    writer.Int(Make<int64_t>());
    writer.Text("b");
    writer.List(1);
    writer.Text(Make<std::string>());
  }
  void Fill(UserHandle& value, const Bound&) { value = UserHandle::Must(Name(2, 32)); }
  void Fill(GroupHandle& value, const Bound&) { value = GroupHandle::Must("#" + Name(2, 49)); }
  void Fill(Address& value, const Bound&) { value = Address::Must(Below(2) == 0 ? Name(2, 32) : "#" + Name(2, 49)); }
  void Fill(Conversation& value, const Bound&) {
    const uint64_t form = Below(4);
    if (form == 0) value = Conversation::Announcements();
    if (form == 1) value = Conversation::Group(Make<GroupHandle>());
    if (form > 1) value = Conversation::Direct(Make<UserHandle>(), Make<UserHandle>());
  }
  template <class E>
  requires std::is_enum_v<E>
  void Fill(E& value, const Bound&) {
    const auto names = NamesOf(E{});
    value = names[Below(names.size())].first;
  }
  template <class T>
  void Fill(std::vector<T>& list, const Bound& bound) {
    const int64_t least = std::max<int64_t>(bound.min, 0);
    const int64_t size = Between(least, std::min(bound.max, least + kElements));
    for (int64_t i = 0; i < size; ++i) list.push_back(Make<T>());
  }
  template <class T>
  void Fill(std::optional<T>& value, const Bound& bound) {
    if (Below(2) == 0) value = Make<T>(bound);
  }
  template <Declared S>
  void Fill([[maybe_unused]] S& message, const Bound&) {
    std::apply([&](const auto&... field) { (FillField(message, field), ...); }, S::kFields);
  }
  template <class S, class F>
  void FillField(S& message, const F& field) {
    auto& member = message.*field.member;
    member = {};
    Fill(member, field.bound);
  }

  std::string Name(size_t least, size_t most) {
    static constexpr std::string_view kFirst = "abcdefghijklmnopqrstuvwxyz0123456789", kRest = "abcxyz019._-";
    const size_t size = least + Below(Below(4) == 0 ? most - least + 1 : 8);
    std::string name(1, kFirst[Below(kFirst.size())]);
    while (name.size() < size) name += kRest[Below(kRest.size())];
    return name;
  }

  uint64_t state_;
};

template <Declared S>
[[nodiscard]] S Sample(uint64_t seed) {
  return Sampler(seed).Make<S>();
}

}  // namespace parley::schema
