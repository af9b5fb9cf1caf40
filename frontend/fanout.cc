#include "frontend/fanout.h"

#include <algorithm>

#include "common/schema/rpc.h"
#include "common/schema/writer.h"

namespace parley::frontend {

bool Topics::Hears(const Session& session, const Topic& topic) {
  if (topic.members.size() < session.topics.size()) {
    return std::any_of(topic.members.begin(), topic.members.end(),
                       [&](const Topic::Member& member) { return member.session == &session; });
  }
  return std::any_of(session.topics.begin(), session.topics.end(),
                     [&](const Joined& joined) { return joined.topic == &topic; });
}

bool Topics::Join(Session& session, std::string_view name, bool own) {
  auto it = topics_.find(name);
  if (it == topics_.end()) {
    it = topics_.emplace(name, Topic{}).first;
    it->second.name = &it->first;
  }
  Topic& topic = it->second;
  if (Hears(session, topic)) return false;
  topic.members.push_back({&session, static_cast<uint32_t>(session.topics.size())});
  session.topics.push_back({&topic, static_cast<uint32_t>(topic.members.size() - 1), own});
  return topic.members.size() == 1;
}

bool Topics::Part(Session& session, uint32_t place) {
  const Joined left = session.topics[place];
  // Swap with the last one on both sides, and tell the moved ones' other sides.
  std::vector<Topic::Member>& members = left.topic->members;
  members[left.place] = members.back();
  members[left.place].session->topics[members[left.place].place].place = left.place;
  members.pop_back();
  session.topics[place] = session.topics.back();
  session.topics.pop_back();
  if (place < session.topics.size()) {
    const Joined& moved = session.topics[place];
    moved.topic->members[moved.place].place = place;
  }
  return members.empty();
}

bool Topics::Leave(Session& session, std::string_view name) {
  const auto it = topics_.find(name);
  if (it == topics_.end()) return false;
  for (uint32_t i = 0; i < session.topics.size(); ++i) {
    if (session.topics[i].topic != &it->second) continue;
    if (!Part(session, i)) return false;
    topics_.erase(it);
    return true;
  }
  return false;
}

void Topics::PartFor(Session& session, uint32_t place, std::vector<std::string>& emptied) {
  const std::string& name = *session.topics[place].topic->name;
  if (!Part(session, place)) return;
  emptied.push_back(name);
  topics_.erase(emptied.back());
}

std::vector<std::string> Topics::LeaveAll(Session& session) {
  std::vector<std::string> emptied;
  while (!session.topics.empty()) PartFor(session, static_cast<uint32_t>(session.topics.size() - 1), emptied);
  session.topics.shrink_to_fit();
  return emptied;
}

std::vector<std::string> Topics::LeaveAllButOwn(Session& session) {
  std::vector<std::string> emptied;
  // From the last one on: who takes the place of one that goes has been looked at.
  for (auto place = static_cast<uint32_t>(session.topics.size()); place-- > 0;) {
    if (!session.topics[place].own) PartFor(session, place, emptied);
  }
  return emptied;
}

const std::vector<Session*>& Topics::Reach(const std::vector<std::string>& topics) {
  reached_.clear();
  ++last_event_;
  for (const std::string& name : topics) {
    const auto it = topics_.find(name);
    if (it == topics_.end()) continue;
    for (const Topic::Member& member : it->second.members) {
      if (member.session->last_event == last_event_) continue;
      member.session->last_event = last_event_;
      reached_.push_back(member.session);
    }
  }
  return reached_;
}

std::vector<std::string> Topics::All() const {
  std::vector<std::string> all;
  all.reserve(topics_.size());
  for (const auto& [name, topic] : topics_) all.push_back(name);
  return all;
}

const SharedBytes& Notification::For(const Session& session) {
  const bool own = publication_.own_pairs > 0 && session.user != nullptr && session.user->handle.text() == event_.user;
  SharedBytes& bytes = own ? own_ : common_;
  if (bytes == nullptr) bytes = Encode(own);
  return bytes;
}

SharedBytes Notification::Encode(bool own) const {
  std::string out;
  out.reserve(event_.body.size() + event_.method.size() + publication_.own.size() + 16);
  if (own) {
    schema::AppendNotification(out, event_.method, WithPairs(event_.body, publication_.own_pairs, publication_.own));
  } else {
    schema::AppendNotification(out, event_.method, event_.body);
  }
  return std::make_shared<const std::string>(std::move(out));
}

std::string WithPairs(std::string_view body, uint8_t count, std::string_view pairs) {
  const auto byte = [&](size_t i) { return static_cast<size_t>(static_cast<uint8_t>(body[i])); };
  size_t have = 0, header = 0;
  if (body.empty()) {
    have = 0;
  } else if ((byte(0) & 0xF0) == 0x80) {
    have = byte(0) & 0x0F;
    header = 1;
  } else if (byte(0) == 0xDE && body.size() >= 3) {
    have = byte(1) << 8 | byte(2);
    header = 3;
  } else {
    return std::string(body);
  }
  std::string out;
  out.reserve(body.size() + pairs.size() + 2);
  schema::Writer(out).Map(have + count);
  out.append(body.substr(header));
  out.append(pairs);
  return out;
}

}  // namespace parley::frontend
