// A worker of one module in one thread: its store in memory, its bus a list. Tests speak to it as a frontend would.
#pragma once

#include <functional>
#include <map>
#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "common/module/route.h"
#include "common/module/worker.h"
#include "common/store/kv.h"
#include "common/wire/calls.h"
#include "common/wire/envelope.h"
#include "common/wire/publication.h"
#include "common/wire/trace.h"

namespace parley::testing {

// What the worker said to sessions.
struct Published {
  std::string method;  // empty: directives only
  std::string body;    // MessagePack; schema::Decode<Event>(body)
  std::string user;    // who caused it
  wire::Publication head;
  Connection except;  // number 0: nobody
  bool except_user = false;
  bool droppable = false;

  [[nodiscard]] bool Reaches(const std::string& topic) const;
};

struct Answer {
  Result<std::string> result;
  wire::Directives directives;
};

class ModuleHarness {
 public:
  // Makes the module anew at each (re)start.
  using Make = std::function<std::unique_ptr<module::Module>(module::Host& host)>;
  ModuleHarness(std::string module, Make make);
  ~ModuleHarness();

  // A logged-in caller of connection `connection` (any number), or nobody.
  static Caller As(std::string_view user, uint64_t connection = 1, std::string session = "s1");
  static Caller AsAdmin(std::string_view user);
  static Caller Nobody();
  static Caller AsModule(std::string_view user = {});

  // Sends the request, keyed by its route, and runs until it is answered; the clocks go on where nothing else moves.
  template <class Request>
  Result<typename Request::Reply> Call(const Caller& caller, const Request& request) {
    Answer answer = CallEncoded(caller, Request::kMethod, schema::Encode(request));
    directives = answer.directives;
    if (!answer.result) return Fail(answer.result.error());
    return schema::Decode<typename Request::Reply>(*answer.result);
  }
  Answer CallEncoded(const Caller& caller, std::string_view method, std::string arguments);
  // The same bus request id again, as a caller does after a lost answer.
  Answer CallEncoded(const Caller& caller, std::string_view method, std::string arguments, RequestId id);
  // The two halves of a call: what happens between them happens while the request is under way.
  void Send(const Caller& caller, std::string_view method, std::string_view arguments, RequestId id, uint8_t flags = 0);
  Answer Await(RequestId id);
  [[nodiscard]] bool Answered(RequestId id) const;
  // Which requests were answered since the last look, in that order.
  std::vector<RequestId> TakeAnswered();
  // Whether the bus takes nothing of what the worker says from now on, as the worker sees it.
  void Congest(bool congested);
  // Whether there is room for slow work on the helper threads from now on.
  void AcceptWork(bool accept);

  // What the worker told of traced requests (wire/trace.h) since the last look. A stub that is asked tells a hop, too.
  std::vector<wire::Hop> TakeHops();

  // What was published since the last call.
  std::vector<Published> TakePublished();
  // Answers calls to other modules' methods: function from encoded arguments to encoded result.
  void Stub(std::string method, std::function<Result<std::string>(const Caller&, std::string_view arguments)> answer);

  // As after kill -9: soft state and what was not committed are gone. The slots come back with the next epoch.
  void Crash();
  void NodeGone(NodeId node);
  // The bus restarts: it forgets everything, and the worker registers again.
  void RestartBus();
  // Both clocks; runs what is due.
  void Advance(int64_t ms);
  // The wall clock alone, at once: days.
  void AdvanceWall(int64_t ms);
  // Runs turns until nothing moves.
  void Settle();

  // Of the last Call().
  wire::Directives directives;
  [[nodiscard]] store::KeyValue& disk();
  [[nodiscard]] module::Module& module();
  [[nodiscard]] Now now() const;

 private:
  struct Impl;
  std::unique_ptr<Impl> impl_;
};

}  // namespace parley::testing
