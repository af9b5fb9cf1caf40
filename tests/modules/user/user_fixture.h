// What tests of the user module say: users with devices, and what reaches those.
#pragma once

#include <catch2/catch.hpp>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "common/testing/module_harness.h"
#include "modules/user/user.h"

namespace parley::user {

inline const std::string kPassword = "correct horse";
inline const std::string kWrong = "wrong horse";

// One connection, and the session that it has, if any.
struct Device {
  Caller caller;
  LoggedIn login;

  [[nodiscard]] const std::string& session() const { return login.session; }
};

class UserTest {
 public:
  explicit UserTest(UserModule::Options given = {});

  // Each on a connection of its own.
  Caller Anonymous();
  void Join(std::string_view user);
  // Joined, logged in and attached.
  Device NewUser(std::string_view user);
  Device LogIn(std::string_view user, const std::string& password = kPassword, const std::string& device = "");
  Device ResumeOn(const Caller& connection, const std::string& token);

  template <class Request>
  Result<typename Request::Reply> Ask(const Caller& caller, const Request& request) {
    return harness.Call(caller, request);
  }
  template <class Request>
  Result<typename Request::Reply> Ask(const Device& device, const Request& request) {
    return harness.Call(device.caller, request);
  }
  // The code of the error; nothing when it went well.
  template <class Who, class Request>
  std::optional<Code> Refusal(const Who& who, const Request& request) {
    const auto result = Ask(who, request);
    return result ? std::nullopt : std::optional(result.error().code);
  }
  // The same bus request again, as after a lost answer.
  template <class Request>
  Result<typename Request::Reply> AskUnder(RequestId id, const Caller& caller, const Request& request) {
    return Read<Request>(harness.CallEncoded(caller, Request::kMethod, schema::Encode(request), id));
  }
  template <class Request>
  void Begin(RequestId id, const Caller& caller, const Request& request) {
    harness.Send(caller, Request::kMethod, schema::Encode(request), id);
  }
  template <class Request>
  Result<typename Request::Reply> End(RequestId id) {
    return Read<Request>(harness.Await(id));
  }

  void AttachTo(const Device& device) { REQUIRE(Ask(device, Attach{})); }
  void Disconnect(const Device& device) { REQUIRE(Ask(device, Detach{})); }

  // Why the device's connection was closed by what was published since the last look; empty: it was not.
  std::string ClosedWith(const Device& device);
  [[nodiscard]] bool IsAlive(const Device& device);  // by its token
  std::vector<std::string> SessionIds(const Device& device);
  std::vector<std::string> Search(const Device& device, const std::string& prefix);

  // Rows, as they are stored.
  template <class Row>
  std::optional<typename Row::Value> Stored(const std::string& key, const Row& row) {
    const auto bytes = harness.disk().Get(store::KeyOf(SlotOf(key), row));
    if (!bytes) return std::nullopt;
    return schema::Decode<typename Row::Value>(*bytes).value();
  }
  template <class Row>
  void Store(const std::string& key, const Row& row, const typename Row::Value& value) {
    REQUIRE(harness.disk().Commit({{store::KeyOf(SlotOf(key), row), schema::Encode(value)}}));
  }
  // Everything in the store, keys and values.
  std::string Dump();

  UserModule::Options options;
  testing::ModuleHarness harness;

 private:
  template <class Request>
  Result<typename Request::Reply> Read(const testing::Answer& answer) {
    harness.directives = answer.directives;
    if (!answer.result) return Fail(answer.result.error());
    return schema::Decode<typename Request::Reply>(*answer.result);
  }

  uint64_t last_connection_ = 100;
};

}  // namespace parley::user
