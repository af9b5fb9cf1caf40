// What the tests of the message module speak in: users who write, read and listen, on a worker of its own.
#pragma once

#include <catch2/catch.hpp>
#include <memory>
#include <optional>
#include <set>
#include <string>
#include <vector>

#include "common/schema/codec.h"
#include "common/testing/module_harness.h"
#include "modules/message/message.h"
#include "modules/user/messages.h"

namespace parley::message {

inline UserHandle User(std::string_view name) { return UserHandle::Must(name); }
inline Conversation In(std::string_view text) { return Conversation::Must(text); }

template <class T>
std::optional<Code> CodeOf(const Result<T>& result) {
  return result ? std::nullopt : std::optional(result.error().code);
}

class MessageTest {
 public:
  explicit MessageTest(MessageModule::Options options = {});

 protected:
  using Harness = testing::ModuleHarness;

  // One user's one connection.
  static Caller As(std::string_view user, uint64_t connection = 1) { return Harness::As(user, connection); }
  template <class Request>
  Result<typename Request::Reply> Call(std::string_view user, const Request& request) {
    return harness.Call(As(user), request);
  }
  // With arguments that no declared request would have.
  Result<std::string> Raw(std::string_view user, std::string_view method,
                          const std::function<void(schema::Writer&)>& arguments);

  // Each must succeed. Ids are made up.
  int64_t Write(std::string_view from, std::string_view to, std::string body);
  void WriteMany(std::string_view from, std::string_view to, int count);
  int64_t EditTo(std::string_view user, std::string_view conversation, int64_t seq, std::string body);
  int64_t TakeBack(std::string_view user, std::string_view conversation, int64_t seq);
  std::optional<int64_t> Set(std::string_view user, std::string_view conversation, int64_t seq, std::string emoji,
                             bool on);
  void ReadTo(std::string_view user, std::string_view conversation, int64_t seq);
  void ReceiveTo(std::string_view user, std::string_view conversation, int64_t seq);

  // The whole history, through as many pages as it takes.
  std::vector<Record> HistoryOf(std::string_view user, std::string_view conversation);
  Record At(std::string_view user, std::string_view conversation, int64_t seq);
  int64_t HeadOf(std::string_view user, std::string_view conversation);
  // The whole listing; every conversation must be there once.
  std::vector<Overview> ListOf(std::string_view user, bool previews = false, int64_t limit = 50);
  std::optional<Overview> OverviewOf(std::string_view user, std::string_view conversation);
  std::vector<std::string> NamesOf(std::string_view user);

  // The events of one kind that a user's connection heard since the last Forget(), in order.
  template <class Event>
  std::vector<Event> Heard(std::string_view user, uint64_t connection) {
    Gather();
    std::vector<Event> events;
    for (const testing::Published& published : published_) {
      if (published.method == Event::kMethod && Hears(published, user, connection)) {
        events.push_back(schema::Decode<Event>(published.body).value());
      }
    }
    return events;
  }
  // The pair that only the sender's own sessions see, of each message.new: {"id", …} encoded, or nothing.
  std::vector<std::string> OwnPairs();
  size_t Publications();
  void Forget();

  // Whether any key or value on the disk contains the text.
  bool OnDisk(std::string_view text);
  // But for what the store says of itself.
  size_t RowsOnDisk();

  Harness harness;
  std::set<std::string> users = {"alice", "bob", "carol"};
  int exists_asked = 0;

 private:
  static bool Hears(const testing::Published& published, std::string_view user, uint64_t connection);
  void Gather();

  std::vector<testing::Published> published_;
  int ids_ = 0;
};

}  // namespace parley::message
