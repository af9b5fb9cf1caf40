#include "tests/template/note.h"

#include "common/wire/publication.h"
#include "tests/template/rows.h"

namespace parley::note {

using module::ByCaller;
using module::Effect;
using module::On;

const std::vector<module::Route>& NoteModule::routes() const {
  static const std::vector<module::Route> kRoutes = {
      On<&NoteModule::DoWrite>(Access::kUser, {ByCaller()}, Effect::kChanges, "Writes the caller's note."),
      On<&NoteModule::DoRead>(Access::kUser, {ByCaller()}, Effect::kReads, "The caller's note."),
  };
  return kRoutes;
}

Result<Note> NoteModule::DoWrite(module::Context& ctx, const Write& request) {
  if (request.text.find('\n') != std::string::npos) return Fail(Code::kBadRequest, "text: must be a single line");
  const Note note{request.text, ctx.now().wall_ms};
  ctx.view().Put(NoteRow{ctx.user()}, note);
  ctx.Publish({.topics = {wire::UserTopic(ctx.user())}, .except_caller_connection = true}, Changed{request.text});
  return note;
}

Result<Note> NoteModule::DoRead(module::Context& ctx, const Read&) {
  return ctx.view().Get(NoteRow{ctx.user()}).value_or(Note{});
}

}  // namespace parley::note
