// Which sessions hear which topic, and the bytes that an event is to each of them: encoded once, shared by all.
#pragma once

#include <string>
#include <string_view>
#include <vector>

#include "common/wire/envelope.h"
#include "common/wire/publication.h"
#include "frontend/session.h"

namespace parley::frontend {

class Topics {
 public:
  // True when it is the topic's first session: subscribe on the bus. `own`: as Joined has it.
  bool Join(Session& session, std::string_view topic, bool own);
  // True when it was the last one: unsubscribe.
  bool Leave(Session& session, std::string_view topic);
  // Each gives the topics that have no session any more.
  std::vector<std::string> LeaveAll(Session& session);
  std::vector<std::string> LeaveAllButOwn(Session& session);

  // Every session that hears one of `topics`, each once. Valid until the next call.
  const std::vector<Session*>& Reach(const std::vector<std::string>& topics);
  [[nodiscard]] std::vector<std::string> All() const;
  [[nodiscard]] size_t size() const { return topics_.size(); }

 private:
  static bool Hears(const Session& session, const Topic& topic);
  // True when the topic has no member left.
  static bool Part(Session& session, uint32_t place);
  void PartFor(Session& session, uint32_t place, std::vector<std::string>& emptied);

  TextMap<Topic> topics_;
  std::vector<Session*> reached_;
  uint64_t last_event_ = 0;
};

// An event as its receivers get it. The sessions of who caused it may see more pairs than the others.
class Notification {
 public:
  Notification(const wire::Envelope& event, const wire::Publication& publication)
      : event_(event), publication_(publication) {}

  const SharedBytes& For(const Session& session);

 private:
  SharedBytes Encode(bool own) const;

  const wire::Envelope& event_;
  const wire::Publication& publication_;
  SharedBytes common_, own_;
};

// The body's map with `count` more pairs, already encoded. A body that is no map is left as it is.
[[nodiscard]] std::string WithPairs(std::string_view body, uint8_t count, std::string_view pairs);

}  // namespace parley::frontend
