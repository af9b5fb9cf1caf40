// Which sessions have a connection now, and where. Soft state: frontends tell it again whenever a slot's primary
// changes. Knows neither rows nor clocks.
#pragma once

#include <array>
#include <string>
#include <string_view>
#include <unordered_map>
#include <vector>

#include "common/base/caller.h"
#include "common/base/handle.h"
#include "common/base/slot.h"

namespace parley::user {

class Presence {
 public:
  // The session was just given to this connection. Nobody is online by that: the frontend has to attach it first.
  void Expect(const UserHandle& user, std::string_view session, const Connection& connection);

  // False: the session was given to another connection since; this one is to be closed.
  [[nodiscard]] bool Attach(const UserHandle& user, std::string_view session, const Connection& connection);
  // True when the connection was the session's.
  bool Detach(const UserHandle& user, std::string_view session, const Connection& connection);
  // The session has ended. True when it had a connection.
  bool End(const UserHandle& user, std::string_view session);

  [[nodiscard]] bool Online(const UserHandle& user) const;
  [[nodiscard]] bool Connected(const UserHandle& user, std::string_view session) const;

  // All connections of a frontend are gone: their sessions, those that had one.
  struct Gone {
    UserHandle user;
    std::string session;
  };
  [[nodiscard]] std::vector<Gone> NodeGone(Slot slot, NodeId node);
  void ClearSlot(Slot slot);

 private:
  struct Place {
    std::string session;
    Connection connection;
    bool attached = false;
  };
  using Places = std::vector<Place>;

  const Place* FindPlace(const UserHandle& user, std::string_view session) const;
  Place& PlaceOf(const UserHandle& user, std::string_view session);
  bool Remove(const UserHandle& user, std::string_view session, const Connection* only);

  // By slot, so that a slot can be forgotten at once.
  std::array<std::unordered_map<UserHandle, Places>, kSlots> users_;
};

}  // namespace parley::user
