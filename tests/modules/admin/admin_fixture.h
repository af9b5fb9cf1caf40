// What tests of the admin module say. The modules that it asks are played by stubs that keep accounts of what they were
// asked, and by whom.
#pragma once

#include <catch2/catch.hpp>
#include <functional>
#include <map>
#include <optional>
#include <string>
#include <utility>
#include <vector>

#include "common/testing/module_harness.h"
#include "common/wire/operator.h"
#include "modules/admin/admin.h"
#include "modules/message/messages.h"
#include "modules/user/messages.h"

namespace parley::admin {

using Texts = std::vector<std::string>;

class AdminTest {
 public:
  AdminTest();

  // As root, an administrator, unless somebody else is named.
  template <class Request>
  Result<typename Request::Reply> Ask(const Request& request) {
    return harness.Call(root, request);
  }
  template <class Request>
  std::string Outcome(const Caller& caller, const Request& request) {
    const auto result = harness.Call(caller, request);
    return result ? "ok" : std::string(NameOf(result.error().code));
  }
  template <class Request>
  std::string Outcome(const Request& request) {
    return Outcome(root, request);
  }
  // The same bus request again, as after a lost answer.
  template <class Request>
  std::string OutcomeAgain(RequestId id, const Caller& caller, const Request& request) {
    const testing::Answer answer = harness.CallEncoded(caller, Request::kMethod, schema::Encode(request), id);
    return answer.result ? "ok" : std::string(NameOf(answer.result.error().code));
  }

  // The audit, oldest first: "seq by action target outcome".
  Texts Lines(const Audit& request = {});
  std::vector<Entry> Entries(const Audit& request = {});
  // As JSON.
  static std::string ArgumentsOf(const Entry& entry);

  // A stub: what was asked is noted as "method by arguments", in JSON; then `reply` answers, or everything is well.
  template <class Request>
  void Answers(std::function<Result<typename Request::Reply>(const Request&)> reply) {
    harness.Stub(std::string(Request::kMethod),
                 [this, reply](const Caller& caller, std::string_view arguments) -> Result<std::string> {
                   Note(Request::kMethod, caller, arguments);
                   const auto result = reply(schema::Decode<Request>(arguments).value());
                   if (!result) return Fail(result.error());
                   return schema::Encode(*result);
                 });
  }
  template <class Request>
  void Fails(Code code) {
    Answers<Request>([code](const Request&) -> Result<typename Request::Reply> { return Fail(code, "as asked"); });
  }
  // All goes well.
  template <class Request>
  void Works() {
    Answers<Request>([](const Request&) { return typename Request::Reply{}; });
  }
  Texts TakeAsked() { return std::exchange(asked_, {}); }

  testing::ModuleHarness harness;
  const Caller root = testing::ModuleHarness::AsAdmin("root");
  const Caller bob = testing::ModuleHarness::As("bob", 2, "s2");
  const UserHandle ann = UserHandle::Must("ann");

 private:
  void Note(std::string_view method, const Caller& caller, std::string_view arguments);

  Texts asked_;
};

}  // namespace parley::admin
