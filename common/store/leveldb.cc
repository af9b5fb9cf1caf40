#include <leveldb/cache.h>
#include <leveldb/db.h>
#include <leveldb/filter_policy.h>
#include <leveldb/write_batch.h>
#include <sys/statvfs.h>

#include <atomic>
#include <mutex>

#include "common/base/log.h"
#include "common/base/now.h"
#include "common/store/kv.h"

namespace parley::store {
namespace {

constexpr int kBloomBits = 10;
// Rows come in no order, so a compaction touches most of a level whatever the size of its files: few large ones.
constexpr size_t kFileBytes = 32 << 20;
constexpr int64_t kRefusalEveryMs = 20;

leveldb::Slice SliceOf(std::string_view bytes) { return {bytes.data(), bytes.size()}; }
std::string_view TextOf(const leveldb::Slice& slice) { return {slice.data(), slice.size()}; }

class LevelDbIterator final : public KeyValue::Iterator {
 public:
  LevelDbIterator(KeyValue& store, std::unique_ptr<leveldb::Iterator> iterator)
      : store_(store), iterator_(std::move(iterator)) {}
  // An iterator that met an error looks like one that is at its end.
  ~LevelDbIterator() override {
    if (!iterator_->status().ok()) store_.Poison("reading failed: " + iterator_->status().ToString());
  }
  void Seek(std::string_view key) override { iterator_->Seek(SliceOf(key)); }
  void SeekBack(std::string_view key) override {
    iterator_->Seek(SliceOf(key));
    if (!iterator_->Valid()) {
      iterator_->SeekToLast();
    } else if (TextOf(iterator_->key()) > key) {
      iterator_->Prev();
    }
  }
  bool valid() const override { return iterator_->Valid(); }
  void Next() override { iterator_->Next(); }
  void Previous() override { iterator_->Prev(); }
  std::string_view key() const override { return TextOf(iterator_->key()); }
  std::string_view value() const override { return TextOf(iterator_->value()); }

 private:
  KeyValue& store_;
  std::unique_ptr<leveldb::Iterator> iterator_;
};

class LevelDbStore final : public KeyValue {
 public:
  LevelDbStore(std::string path, const LevelDbOptions& options)
      : path_(std::move(path)),
        reserve_bytes_(options.reserve_bytes),
        cache_(leveldb::NewLRUCache(options.cache_bytes)),
        filter_(leveldb::NewBloomFilterPolicy(kBloomBits)) {}

  Result<void> Open(const LevelDbOptions& options) {
    leveldb::Options leveldb_options;
    leveldb_options.create_if_missing = true;
    leveldb_options.paranoid_checks = true;
    leveldb_options.write_buffer_size = options.write_buffer_bytes;
    leveldb_options.max_file_size = kFileBytes;
    leveldb_options.compression = leveldb::kNoCompression;
    leveldb_options.block_cache = cache_.get();
    leveldb_options.filter_policy = filter_.get();
    leveldb::DB* db = nullptr;
    const leveldb::Status status = leveldb::DB::Open(leveldb_options, path_, &db);
    db_.reset(db);
    if (status.ok()) return {};
    const std::string text = status.ToString();
    if (text.find("lock") != std::string::npos) {
      return Fail(Code::kUnavailable, "The data folder " + path_ + " is in use by another process.");
    }
    return Fail(Code::kInternal, "The data folder " + path_ + " cannot be opened: " + text + ".");
  }

  std::optional<std::string> Get(std::string_view key) override {
    std::string value;
    const leveldb::Status status = db_->Get(leveldb::ReadOptions(), SliceOf(key), &value);
    if (status.ok()) return value;
    if (!status.IsNotFound()) Poison("reading failed: " + status.ToString());
    return std::nullopt;
  }

  std::unique_ptr<Iterator> Iterate() override {
    return std::make_unique<LevelDbIterator>(
        *this, std::unique_ptr<leveldb::Iterator>(db_->NewIterator(leveldb::ReadOptions())));
  }

  Result<void> Commit(const Batch& batch) override {
    if (std::optional<std::string> reason = failure()) return Fail(Code::kInternal, *reason);
    writes_.Clear();
    for (const Write& write : batch) {
      write.value ? writes_.Put(SliceOf(write.key), SliceOf(*write.value)) : writes_.Delete(SliceOf(write.key));
    }
    leveldb::WriteOptions options;
    options.sync = true;
    const leveldb::Status status = db_->Write(options, &writes_);
    if (status.ok()) return {};
    // LevelDB 1.23 may lose later writes that it reports as done after a failed append (its log then has a hole), and a
    // failed sync may be followed by one that succeeds without the data: never go on after either.
    Poison("writing failed: " + status.ToString());
    return Fail(Code::kInternal, status.ToString());
  }

  std::optional<std::string> refusal() override {
    const int64_t now_ms = ReadClocks().mono_ms;
    if (now_ms < next_look_ms_) return refusal_;
    next_look_ms_ = now_ms + kRefusalEveryMs;
    struct statvfs disk {};
    refusal_.reset();
    if (statvfs(path_.c_str(), &disk) != 0) return refusal_;
    const uint64_t free_bytes = static_cast<uint64_t>(disk.f_bavail) * disk.f_frsize;
    if (free_bytes < reserve_bytes_) {
      refusal_ = fmt::format("the disk of {} is nearly full: {} MiB free, {} MiB are kept in reserve", path_,
                             free_bytes >> 20, reserve_bytes_ >> 20);
    }
    return refusal_;
  }

  std::optional<std::string> failure() const override {
    if (!failed_) return std::nullopt;
    const std::lock_guard lock(mutex_);
    return reason_;
  }
  void Poison(const std::string& reason) override {
    const std::lock_guard lock(mutex_);
    if (failed_) return;
    reason_ = reason;
    failed_ = true;
    LogError("The store {} is poisoned: {}.", path_, reason);
  }

 private:
  const std::string path_;
  const size_t reserve_bytes_;
  std::unique_ptr<leveldb::Cache> cache_;
  std::unique_ptr<const leveldb::FilterPolicy> filter_;
  std::unique_ptr<leveldb::DB> db_;  // after what it uses, so that it goes first
  leveldb::WriteBatch writes_;       // of the one writer; empty ones grow from nothing each time

  int64_t next_look_ms_ = 0;
  std::optional<std::string> refusal_;

  std::atomic<bool> failed_ = false;
  mutable std::mutex mutex_;
  std::string reason_;
};

}  // namespace

Result<std::unique_ptr<KeyValue>> OpenLevelDb(const std::string& path, const LevelDbOptions& options) {
  auto store = std::make_unique<LevelDbStore>(path, options);
  TRY(store->Open(options));
  return store;
}

}  // namespace parley::store
