#include <map>

#include "common/store/kv.h"

namespace parley::store {

struct MemoryDisk {
  std::map<std::string, std::string, std::less<>> rows;
};

namespace {

// Used within one call only: nothing changes the map meanwhile.
class MemoryIterator final : public KeyValue::Iterator {
 public:
  explicit MemoryIterator(std::shared_ptr<MemoryDisk> disk) : disk_(std::move(disk)), at_(disk_->rows.end()) {}
  void Seek(std::string_view key) override { at_ = disk_->rows.lower_bound(key); }
  void SeekBack(std::string_view key) override {
    at_ = disk_->rows.upper_bound(key);
    Previous();
  }
  bool valid() const override { return at_ != disk_->rows.end(); }
  void Next() override { ++at_; }
  void Previous() override { at_ = at_ == disk_->rows.begin() ? disk_->rows.end() : std::prev(at_); }
  std::string_view key() const override { return at_->first; }
  std::string_view value() const override { return at_->second; }

 private:
  std::shared_ptr<MemoryDisk> disk_;
  std::map<std::string, std::string, std::less<>>::iterator at_;
};

class MemoryStore final : public KeyValue {
 public:
  explicit MemoryStore(std::shared_ptr<MemoryDisk> disk) : disk_(std::move(disk)) {}
  std::optional<std::string> Get(std::string_view key) override {
    const auto it = disk_->rows.find(key);
    return it == disk_->rows.end() ? std::nullopt : std::optional(it->second);
  }
  std::unique_ptr<Iterator> Iterate() override { return std::make_unique<MemoryIterator>(disk_); }
  Result<void> Commit(const Batch& batch) override {
    if (reason_) return Fail(Code::kInternal, *reason_);
    for (const Write& write : batch) {
      if (write.value) {
        disk_->rows.insert_or_assign(write.key, *write.value);
      } else {
        disk_->rows.erase(write.key);
      }
    }
    return {};
  }
  std::optional<std::string> refusal() override { return std::nullopt; }
  std::optional<std::string> failure() const override { return reason_; }
  void Poison(const std::string& reason) override { reason_ = reason; }

 private:
  std::shared_ptr<MemoryDisk> disk_;
  std::optional<std::string> reason_;
};

}  // namespace

std::shared_ptr<MemoryDisk> MakeMemoryDisk() { return std::make_shared<MemoryDisk>(); }

std::unique_ptr<KeyValue> OpenMemory(std::shared_ptr<MemoryDisk> disk) {
  return std::make_unique<MemoryStore>(std::move(disk));
}

}  // namespace parley::store
