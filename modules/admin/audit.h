// The audit: an append-only list of every change that an administrator made and of every try that was refused, whoever
// tried.
//
// A change happens at another module. It is begun here durably, carried out there, and noted here with what came of it,
// in the same batch as the memory of its `id`. One whose worker died in between is taken up again by its caller's
// repetition; where nobody repeats it, it is noted as `timeout`: its outcome is unknown here.
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <unordered_map>
#include <vector>

#include "common/module/context.h"
#include "common/module/route.h"
#include "modules/admin/messages.h"
#include "modules/admin/rows.h"

namespace parley::admin {

class AuditLog {
 public:
  // Nobody asks for a change again after this.
  static constexpr int64_t kOpenMs = limits::kDeadlineMs + 5'000;
  // What is kept of arguments: declared ones, texts cut to this.
  static constexpr size_t kTextBytesMax = 500;

  // The request as it would be noted. `arguments`: what the method declares.
  static Line LineOf(const module::Context& ctx, std::string_view action, const schema::Value& given,
                     const std::vector<schema::Argument>& arguments);

  // A change is going to be asked for.
  void Begin(module::Context& ctx, const std::optional<std::string>& id, const Line& line);
  // It is done.
  void Finish(module::Context& ctx);
  // The call came to nothing. `line` where it had not been begun; nothing: not to be noted then.
  void Refused(module::Context& ctx, const Error& error, const std::optional<Line>& line);
  // Notes changes that were begun and are not under way any more.
  void CloseAbandoned(module::Context& ctx);
  // The slot is another worker's.
  void Forget() { under_way_.clear(); }

  // A page, newest first.
  static Result<AuditPage> Read(const module::Context& ctx, const Audit& request);

 private:
  static void Append(module::Context& ctx, Line line, std::string_view outcome);
  static bool NotedBefore(const module::Context& ctx, const Line& line);

  std::unordered_map<RequestId, OpenRow> under_way_;
};

}  // namespace parley::admin
