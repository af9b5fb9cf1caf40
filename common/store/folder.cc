#include "common/store/folder.h"

#include <array>
#include <filesystem>
#include <functional>
#include <system_error>

#include "common/base/ids.h"
#include "common/base/slot.h"
#include "common/schema/codec.h"

namespace parley::store {
namespace {

// Beyond every slot's rows: slot 255, a table that no module may use.
constexpr std::string_view kFolderKey =
    "\xFF\xFF"
    "folder";

struct FolderRow {
  int64_t format = 0;
  std::string id;
  std::string owner;
  static constexpr auto kFields = std::tuple{
      schema::Required("format", &FolderRow::format),
      schema::Required("id", &FolderRow::id),
      schema::Required("owner", &FolderRow::owner),
  };
};

// 1 to 2: a worker says of each slot in its store in which epoch it had it (common/module/ownership.h). Before,
// whatever was in the store was the worker's own.
Result<void> SayWhatIsOwned(KeyValue& store, const std::string& owner) {
  if (owner == "bus") return {};
  const std::string first_epoch = "\x81\xA1\x65\x01";  // {"e": 1}
  Batch rows;
  const auto it = store.Iterate();
  for (int slot = 0; slot < kSlots; ++slot) {
    const char byte = static_cast<char>(slot);
    it->Seek({&byte, 1});
    const bool any = it->valid() && it->key()[0] == byte && it->key() != kFolderKey;
    if (any) rows.push_back({{byte, 'E'}, first_epoch});
  }
  return rows.empty() ? Result<void>() : store.Commit(rows);
}

// From version i+1 to i+2, in one commit. Append only.
using Migration = std::function<Result<void>(KeyValue&, const std::string& owner)>;
const std::array<Migration, kFormatVersion - 1> kMigrations = {SayWhatIsOwned};

Result<void> WriteRow(KeyValue& store, const FolderRow& row) {
  return store.Commit({{std::string(kFolderKey), schema::Encode(row)}});
}

}  // namespace

Result<Folder> OpenFolder(const std::string& path, const std::string& owner, const LevelDbOptions& options) {
  std::error_code error;
  std::filesystem::create_directories(path, error);
  if (error) {
    return Fail(Code::kUnavailable, "The data folder " + path + " cannot be made: " + error.message() + ".");
  }
  Folder folder;
  TRY_ASSIGN(folder.store, OpenLevelDb(path + "/db", options));
  const std::optional<std::string> bytes = folder.store->Get(kFolderKey);
  if (!bytes) {
    if (const auto reason = folder.store->failure())
      return Fail(Code::kInternal, "The data folder " + path + ": " + *reason + ".");
    const FolderRow row{kFormatVersion, RandomHex(16), owner};
    TRY(WriteRow(*folder.store, row));
    folder.id = row.id;
    return folder;
  }
  TRY_ASSIGN(FolderRow row, schema::Decode<FolderRow>(*bytes));
  if (row.owner != owner) {
    return Fail(Code::kConflict, "The data folder " + path + " belongs to " + row.owner + ", not to " + owner +
                                     ": give another with --data.");
  }
  if (row.format > kFormatVersion) {
    return Fail(Code::kConflict, "The data folder " + path + " has format " + std::to_string(row.format) +
                                     ", and this program knows formats up to " + std::to_string(kFormatVersion) +
                                     ": start a newer version.");
  }
  for (int64_t version = row.format; version < kFormatVersion; ++version) {
    TRY(kMigrations.at(static_cast<size_t>(version - 1))(*folder.store, owner));
    row.format = version + 1;
    TRY(WriteRow(*folder.store, row));
  }
  folder.id = row.id;
  return folder;
}

}  // namespace parley::store
