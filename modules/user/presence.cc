#include "modules/user/presence.h"

#include <algorithm>

namespace parley::user {

void Presence::Expect(const UserHandle& user, std::string_view session, const Connection& connection) {
  Place& place = PlaceOf(user, session);
  place.attached = place.attached && place.connection == connection;
  place.connection = connection;
}

bool Presence::Attach(const UserHandle& user, std::string_view session, const Connection& connection) {
  Place& place = PlaceOf(user, session);
  if (place.connection.number != 0 && place.connection != connection) return false;
  place.connection = connection;
  place.attached = true;
  return true;
}

bool Presence::Detach(const UserHandle& user, std::string_view session, const Connection& connection) {
  return Remove(user, session, &connection);
}

bool Presence::End(const UserHandle& user, std::string_view session) { return Remove(user, session, nullptr); }

bool Presence::Online(const UserHandle& user) const {
  const auto& users = users_[SlotOf(user.text())];
  const auto it = users.find(user);
  return it != users.end() && std::ranges::any_of(it->second, &Place::attached);
}

bool Presence::Connected(const UserHandle& user, std::string_view session) const {
  const Place* place = FindPlace(user, session);
  return place != nullptr && place->attached;
}

std::vector<Presence::Gone> Presence::NodeGone(Slot slot, NodeId node) {
  std::vector<Gone> gone;
  auto& users = users_[slot];
  for (auto it = users.begin(); it != users.end();) {
    std::erase_if(it->second, [&](const Place& place) {
      if (place.connection.node != node) return false;
      if (place.attached) gone.push_back({it->first, place.session});
      return true;
    });
    it = it->second.empty() ? users.erase(it) : std::next(it);
  }
  return gone;
}

void Presence::ClearSlot(Slot slot) { users_[slot].clear(); }

const Presence::Place* Presence::FindPlace(const UserHandle& user, std::string_view session) const {
  const auto& users = users_[SlotOf(user.text())];
  const auto it = users.find(user);
  if (it == users.end()) return nullptr;
  const auto place = std::ranges::find(it->second, session, &Place::session);
  return place == it->second.end() ? nullptr : &*place;
}

Presence::Place& Presence::PlaceOf(const UserHandle& user, std::string_view session) {
  Places& places = users_[SlotOf(user.text())][user];
  const auto it = std::ranges::find(places, session, &Place::session);
  if (it != places.end()) return *it;
  return places.emplace_back(Place{std::string(session), {}, false});
}

bool Presence::Remove(const UserHandle& user, std::string_view session, const Connection* only) {
  auto& users = users_[SlotOf(user.text())];
  const auto it = users.find(user);
  if (it == users.end()) return false;
  const auto place = std::ranges::find(it->second, session, &Place::session);
  if (place == it->second.end() || (only != nullptr && place->connection != *only)) return false;
  const bool attached = place->attached;
  it->second.erase(place);
  if (it->second.empty()) users.erase(it);
  return attached;
}

}  // namespace parley::user
