#include "common/store/folder.h"

#include <array>
#include <filesystem>
#include <functional>
#include <system_error>

#include "common/base/ids.h"
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

// From version i+1 to i+2, in one commit. Append only.
const std::array<std::function<Result<void>(KeyValue&)>, kFormatVersion - 1> kMigrations = {};

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
    TRY(kMigrations.at(static_cast<size_t>(version - 1))(*folder.store));
    row.format = version + 1;
    TRY(WriteRow(*folder.store, row));
  }
  folder.id = row.id;
  return folder;
}

}  // namespace parley::store
