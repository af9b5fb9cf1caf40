// A client of one user on one device: sends, sends again until it knows, reads, and keeps a copy of all of the user's
// conversations in the way the protocol asks for. Tells the judge what it was told.
#pragma once

#include <map>
#include <string>
#include <string_view>
#include <tuple>
#include <vector>

#include "client/tracker.h"
#include "common/base/handle.h"
#include "common/base/now.h"
#include "tests/sim/dice.h"
#include "tests/sim/judge.h"

namespace parley::sim {

class Frontend;

class Device {
 public:
  Device(int number, UserHandle user, Dice& dice, Judge& judge, const Now& now)
      : number_(number), user_(std::move(user)), dice_(dice), judge_(judge), now_(now) {}

  [[nodiscard]] const UserHandle& user() const { return user_; }
  [[nodiscard]] bool connected() const { return frontend_ != nullptr; }
  void Connect(Frontend& frontend);
  // The person disconnects, without waiting for anything.
  void Disconnect();

  // The person does something.
  void Act(const std::vector<UserHandle>& users);
  // What is due by now: asking again, pulling. With `insist`, also what had been given up.
  void Go(bool insist);
  // Has all that there is, and knows the end of all that it sent.
  [[nodiscard]] bool settled() const;
  // The copy is complete.
  void CheckCopy() const;

  // From the frontend.
  void OnAnswer(uint64_t tag, const Result<std::string>& result);
  void OnPush(std::string_view method, std::string_view body);
  void OnResync();
  void OnDisconnected();

 private:
  enum class Asked { kSend, kOther, kEdit, kCursor, kSync, kHistory };
  struct Open {
    Asked what = Asked::kSend;
    std::string key;  // of a send: its id; of an edit: its body
    Conversation conversation;
    int64_t seq = 0;
    uint64_t sync = 0;       // which listing
    Judge::Cursors cursors;  // of a listing: what was acknowledged before it
  };
  struct Sending {
    Address to;
    Conversation conversation;
    std::string body;
    int open = 0;
    bool ended = false;  // acknowledged or refused
    int64_t again_ms = 0;
  };

  void Ask(std::string_view method, const std::string& arguments, Open open);
  void SendNew(const std::vector<UserHandle>& users);
  void SendAgain(const std::string& id);
  void SendOther();
  void Edit();
  void MoveCursor();
  void BeginSync();
  void AskSync(std::optional<std::string> cursor);
  void OnSent(const Open& open, const Result<std::string>& result);
  void OnListed(const Open& open, const Result<std::string>& result);
  void OnPage(const Open& open, const Result<std::string>& result);
  void Keep(const message::Record& record);

  const int number_;
  const UserHandle user_;
  Dice& dice_;
  Judge& judge_;
  const Now& now_;
  Frontend* frontend_ = nullptr;
  uint64_t connection_ = 0;
  uint64_t last_tag_ = 0;
  int count_ = 0;  // makes ids and bodies
  std::map<uint64_t, Open> open_;
  std::map<std::string, Sending> sends_;  // by id
  client::Tracker tracker_;
  uint64_t sync_ = 0;  // the listing that runs or ran last
  bool listed_ = false;
  int64_t sync_again_ms_ = 0;  // 0: not due
  std::map<Conversation, int64_t> pull_again_ms_;
  std::map<Conversation, std::vector<message::Record>> copy_;
  // The last one pushed on this connection, by method, conversation and user.
  std::map<std::tuple<std::string, Conversation, UserHandle>, int64_t> pushed_;
};

}  // namespace parley::sim
