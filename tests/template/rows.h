// What the note module stores. All rows of a user are at the slot of the handle.
#pragma once

#include <tuple>

#include "common/base/handle.h"
#include "tests/template/messages.h"

namespace parley::note {

//   'n' user   what the user wrote last; absent until then
struct NoteRow {
  static constexpr char kTable = 'n';
  UserHandle user;
  static constexpr auto kKey = std::tuple{&NoteRow::user};
  using Value = Note;
};

}  // namespace parley::note
