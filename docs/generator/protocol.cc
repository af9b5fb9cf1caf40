#include <spdlog/fmt/fmt.h>

#include <algorithm>

#include "common/base/check.h"
#include "common/base/error.h"
#include "common/base/limits.h"
#include "docs/generator/pages.h"

namespace parley::docs {
namespace {

constexpr std::string_view kIntroduction = R"(# The protocol between clients and Parley

This page is written by `parley-docs protocol` from the code; `scripts/check` fails when it is out of date. Do not edit it.

A client opens a TCP connection to a frontend (port 7000) and speaks **MessagePack-RPC**: MessagePack values back to back,
without a length before them.

| message | shape |
|---|---|
| request | `[0, msgid, method, params]` |
| response | `[1, msgid, error, result]` |
| notification, either way | `[2, method, params]` |

- `msgid` is an unsigned integer below 2³², chosen by the client; two open requests can't have the same. Responses come in
  any order. The one to `session.ping` comes after all that the connection asked before it.
- `params` is `[{…}]`: one map of arguments by name. `[]`, `nil` and the bare map are understood too.
- `result` is a map. `error` is `nil`, or `{"code": text, "message": text, "retryable": bool, "retry_after_ms"?: int}`.
- A client may send any method as a notification: it is carried out, and not answered.
- Text is `str` and valid UTF-8, never `bin`; integers are integers; `nil` is the same as absent. A key that occurs twice,
  or a required one that is missing, is `bad_request`; unknown keys are skipped. Times are milliseconds since 1970 (UTC).
- Where a call changes something, the answer means that the change is on the disk.
- **`id`**: for 24 hours the same `id` from the same user, at the same conversation or account, gives the same result and no second
  effect. After a `timeout`, or when the connection broke, send the same again with the same `id`. The same `id` with another method or other
  arguments is `conflict`. Errors are not remembered.
- Methods that list take `limit` and `cursor`: the result's `cursor` asks for the next page; it is absent on the last one.

**To stay complete**, keep for each conversation the highest `seq` below which nothing is missing. A record with the next `seq` is
applied; a lower or equal one is a duplicate; a higher one shows a gap, to be filled by `message.history` with `after`. After connecting, and on
`session.resync`, call `message.sync` and pull what is behind.
)";

struct Limit {
  std::string_view what;
  std::string value;
};

std::vector<Limit> Limits() {
  using namespace limits;
  const auto range = [](size_t least, size_t most) { return fmt::format("{} to {} bytes", least, most); };
  return {
      {"a message of a client", fmt::format("{} bytes", kRequestBytesMax)},
      {"a response", fmt::format("{} bytes", kResponseBytesMax)},
      {"nesting of a message, its own array included", std::to_string(kDepthMax)},
      {"time to complete a message once begun", fmt::format("{} ms", kIncompleteMs)},
      {"a connection that sends nothing is closed after", fmt::format("{} ms", kIdleMs)},
      {"the same, before login", fmt::format("{} ms", kAnonymousIdleMs)},
      {"open requests of a connection", std::to_string(kInFlightMax)},
      {"requests per second of a user", fmt::format("{}, in bursts of {}", kUserRate, kUserBurst)},
      {"a request is answered after at most", fmt::format("{} ms", kDeadlineMs)},
      {"a user's handle, `[a-z0-9][a-z0-9._-]*`", range(kUserHandleMin, kUserHandleMax)},
      {"a group's handle, `#[a-z0-9][a-z0-9._-]*`", range(kGroupHandleMin, kGroupHandleMax)},
      {"a password", range(kPasswordMin, kPasswordMax)},
      {"a message's body", range(kBodyMin, kBodyMax)},
      {"an `id`", range(kIdMin, kIdMax)},
      {"how long an `id` is remembered", fmt::format("{} h", kRequestIdKeptMs / 3'600'000)},
      {"mentions of a message", std::to_string(kMentionsMax)},
      {"sessions of a user", std::to_string(kSessionsMax)},
      {"entries of a page", fmt::format("{} unless given, at most {}", kPageDefault, kPageMax)},
  };
}

void AddMethod(std::string& page, std::string_view access, std::string_view doc, const conformance::Shape& request,
               const conformance::Shape& reply) {
  page += fmt::format("### {}\n\n{}{}\n\n", request.method, doc,
                      access == "user" ? "" : fmt::format(" Access: {}.", access));
  AddFields(page, "argument", request);
  AddFields(page, "result", reply);
}

void AddEvents(std::string& page, const std::vector<conformance::Shape>& events) {
  for (const conformance::Shape& event : events) {
    page += fmt::format("### {}\n\n", event.method);
    AddFields(page, "argument", event);
  }
}

}  // namespace

std::string ProtocolPage() {
  std::string page(kIntroduction);
  page += "\n## Errors\n\n";
  AddHead(page, {"code", "retryable", "meaning"});
  for (const CodeRow& row : kCodes) {
    AddRow(page, {Code(row.name), row.retryable ? "yes" : "no", std::string(row.meaning)});
  }
  page += "\n## Limits\n\n";
  AddHead(page, {"what", "limit"});
  for (const Limit& limit : Limits()) AddRow(page, {std::string(limit.what), limit.value});

  page += "\n## Methods of session\n\nAnswered by the frontend itself.\n\n";
  const conformance::SessionShape session = conformance::SessionMethods();
  for (size_t i = 0; i < session.requests.size(); ++i) {
    AddMethod(page, NameOf(session.access[i]), session.docs[i], session.requests[i], session.replies[i]);
  }
  const std::vector<conformance::ModuleShape> modules = conformance::AllModules();
  for (const conformance::ModuleShape& module : modules) {
    page += fmt::format("## Methods of {}\n\n", module.name);
    for (const module::Route& route : module.module->routes()) {
      const auto access = static_cast<Access>(route.row.access);
      if (access == Access::kModule || route.row.attach || route.row.detach) continue;
      const auto request = std::ranges::find(module.requests, route.row.method, &conformance::Shape::method);
      PARLEY_CHECK(request != module.requests.end());
      AddMethod(page, NameOf(access), route.row.doc, *request,
                module.replies[static_cast<size_t>(request - module.requests.begin())]);
    }
  }
  page += "## Notifications to clients\n\n";
  for (const conformance::ModuleShape& module : modules) AddEvents(page, module.events);
  AddEvents(page, session.events);
  page.pop_back();  // one empty line at the end is too many
  return page;
}

}  // namespace parley::docs
