// Knows what was promised, and finds where a promise is broken. It watches what the bus and the workers say, what
// clients asked and were answered, and looks at the disks. It knows the rules of the system, not how it keeps them.
#pragma once

#include <array>
#include <map>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <tuple>
#include <utility>
#include <vector>

#include "common/base/handle.h"
#include "common/base/slot.h"
#include "common/store/kv.h"
#include "common/wire/envelope.h"
#include "modules/message/messages.h"
#include "modules/message/rows.h"

namespace parley::sim {

// How a request ended, as far as who asked can tell.
enum class Outcome { kDone, kNothingDone, kUnknown };
[[nodiscard]] Outcome OutcomeOf(const Error& error);

class Judge {
 public:
  // The disks of the workers of the message module.
  void Watch(std::shared_ptr<store::MemoryDisk> disk) { disks_.push_back(std::move(disk)); }

  void Broken(const std::string& rule);
  // The first broken rule; nothing while all is well.
  [[nodiscard]] const std::optional<std::string>& broken() const { return broken_; }

  // The bus sends this to a node; a worker says this to the bus.
  void OnBusSays(std::string_view identity, std::string_view batch);
  void OnWorkerSays(std::string_view identity, std::string_view batch);

  // One message of a client, from the first time it is sent. Each attempt ends in one of three ways.
  void Sending(const UserHandle& user, const std::string& id, const Conversation& conversation,
               const std::string& body);
  void SendDone(const UserHandle& user, const std::string& id, const message::SendReply& reply);
  void SendEnded(const UserHandle& user, const std::string& id, Outcome outcome);
  // An edit, which has no id; every edit has another body.
  void Editing(const UserHandle& user, const Conversation& conversation, int64_t target, const std::string& body);
  void EditDone(const std::string& body, int64_t seq);
  void EditEnded(const std::string& body, Outcome outcome);
  // A cursor was set to `seq`, and that was acknowledged.
  void CursorDone(const UserHandle& user, const Conversation& conversation, int64_t seq);
  using Cursors = std::map<Conversation, int64_t>;
  [[nodiscard]] const Cursors& CursorsOf(const UserHandle& user) { return cursors_[user]; }

  // Somebody was shown a record.
  void OnSeen(const message::Record& record);

  // Nothing moves any more and everything works: what must be true now.
  void CheckDisks();
  [[nodiscard]] int64_t HeadOf(const Conversation& conversation) const;
  [[nodiscard]] std::vector<Conversation> Begun() const;
  [[nodiscard]] size_t acknowledged() const { return acknowledged_; }
  // No intent waits in any outbox.
  [[nodiscard]] bool OutboxesEmpty() const;
  // No disk holds rows of a slot that is another's: left from a move, or of a copy that never became whole.
  // Empty, or an example.
  [[nodiscard]] std::string LeftOver() const;

 private:
  struct Attempted {
    UserHandle user;
    Conversation conversation;
    std::string body;
    int64_t target = 0;  // of an edit
    int open = 0;        // attempts without an answer
    bool unknown = false;
    int64_t seq = 0;  // once acknowledged
  };
  // A conversation as it is on the disk that has it.
  struct Log {
    message::Head head;
    std::map<int64_t, message::Stored> records;
  };

  void CheckWriter(std::string_view identity, const wire::Envelope& envelope);
  void CheckDone(const Attempted& attempted, std::string_view kind, const std::string& what);
  void CheckLog(const Conversation& conversation, const Log& log);
  void CheckAttempt(const Attempted& attempted, const std::vector<std::pair<Conversation, int64_t>>& places,
                    const std::string& what);
  void CheckLists();
  void CheckOwners();
  template <class Row, class Fn>
  void ForEach(Fn fn) const;
  [[nodiscard]] std::optional<message::Stored> OnDisk(const Conversation& conversation, int64_t seq) const;

  std::vector<std::shared_ptr<store::MemoryDisk>> disks_;
  std::optional<std::string> broken_;
  std::map<std::tuple<std::string, Slot, Epoch>, std::string> writers_;  // module, slot, epoch → identity
  std::map<std::pair<std::string, Slot>, Epoch> epochs_;                 // the highest granted
  std::map<std::pair<UserHandle, std::string>, Attempted> sends_;        // by user and id
  std::map<std::string, Attempted> edits_;                               // by body
  std::map<UserHandle, Cursors> cursors_;
  std::map<std::pair<Conversation, int64_t>, message::Record> seen_;
  size_t acknowledged_ = 0;
};

}  // namespace parley::sim
