// Values that are named by a small number while they are there; numbers of those taken out are given again.
#pragma once

#include <cstdint>
#include <utility>
#include <vector>

#include "common/base/check.h"

namespace parley::frontend {

template <class T>
class Slab {
 public:
  uint32_t Put(T value) {
    ++size_;
    if (free_.empty()) {
      entries_.push_back({std::move(value), true});
      return static_cast<uint32_t>(entries_.size() - 1);
    }
    const uint32_t index = free_.back();
    free_.pop_back();
    entries_[index] = {std::move(value), true};
    return index;
  }
  T Take(uint32_t index) {
    PARLEY_CHECK(index < entries_.size() && entries_[index].used);
    --size_;
    entries_[index].used = false;
    free_.push_back(index);
    return std::move(entries_[index].value);
  }
  [[nodiscard]] T& at(uint32_t index) {
    PARLEY_CHECK(index < entries_.size() && entries_[index].used);
    return entries_[index].value;
  }
  [[nodiscard]] size_t size() const { return size_; }

 private:
  struct Entry {
    T value;
    bool used;
  };
  std::vector<Entry> entries_;
  std::vector<uint32_t> free_;
  size_t size_ = 0;
};

}  // namespace parley::frontend
