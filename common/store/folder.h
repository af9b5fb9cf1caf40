// A program's data folder: its format version, its identity, and the way from one version to the next.
#pragma once

#include <memory>
#include <string>

#include "common/base/result.h"
#include "common/store/kv.h"

namespace parley::store {

// Grows when the layout of rows changes; kMigrations (folder.cc) leads from each version to the next.
inline constexpr int kFormatVersion = 2;

struct Folder {
  std::unique_ptr<KeyValue> store;
  std::string id;  // made once, with the folder
};

// Opens DIR/db, made when absent. Every failure is a sentence that says what to do: no permission, in use by another
// process, made by a newer version, made for another module.
Result<Folder> OpenFolder(const std::string& path, const std::string& owner, const LevelDbOptions& options);

}  // namespace parley::store
