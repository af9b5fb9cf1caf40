// A user's session that stays: connects, logs in, comes back after every break, repeats what was not answered under the
// same id, and hands over every record of every conversation once and in order.
#pragma once

#include <array>
#include <cstdint>
#include <deque>
#include <functional>
#include <map>
#include <memory>
#include <optional>
#include <string>
#include <string_view>

#include "client/arguments.h"
#include "client/backoff.h"
#include "client/connection.h"
#include "client/contacts.h"
#include "client/messages.h"
#include "client/tracker.h"

namespace parley::client {

struct Credentials {
  std::string user;      // empty: the token says who
  std::string token;     // tried first
  std::string password;  // tried when there is no token, or a void one
  std::string device;    // what the user's list of sessions calls this one
  bool register_first_use = false;
};

// What a message says besides its text.
struct Extras {
  std::string kind;
  int64_t reply_to = 0;
  std::vector<std::string> mentions;  // handles
};

// On the loop's thread only. A handler may call anything of the client, but not destroy it.
class Client final : private Connection::Listener {
 public:
  class Listener {
   public:
    // Logged in; `again` when it was before. The token is what to log in with next time.
    virtual void OnOnline(const LoggedIn& session, bool again) = 0;
    // Lost, or not reached: the next try is in `retry_ms`.
    virtual void OnOffline(const Error& why, int64_t retry_ms) = 0;
    // It will not come back: wrong credentials, or the server ended the session. All open requests were answered.
    virtual void OnEnded(const Error& why) = 0;
    // The highest seq of a conversation of which nothing is wanted: records after it are delivered. Asked once for each
    // conversation that a listing shows first.
    virtual int64_t StartOf(const Listed& listed) = 0;
    // A record, in the order of its conversation's seq, each once. `encoded` is the same as bytes. Own messages too.
    virtual void OnRecord(const Record& record, std::string_view encoded) = 0;
    // A conversation of a listing, each time one is made.
    virtual void OnListed(const Listed& listed) = 0;
    // After a listing: everything that was missed has been delivered.
    virtual void OnCaughtUp() = 0;
    // A conversation that is no longer the user's.
    virtual void OnLost(const Conversation& conversation) = 0;
    // The friends or the groups were listed, if they are followed: at first, and after a break.
    virtual void OnContacts(Contacts::Kind kind) = 0;
    // Every other push, as it comes. The contacts know it already.
    virtual void OnPush(std::string_view method, const schema::Value& arguments, std::string_view encoded) = 0;

   protected:
    ~Listener() = default;
  };
  using Reply = Connection::Reply;

  Client(io::Loop& loop, Listener& listener, Endpoint server, Credentials credentials);
  ~Client();

  // Lists friends and groups, too, and keeps them up to date in contacts(). Before Start.
  void FollowContacts() { follow_contacts_ = true; }
  void Start();
  // Closes the connection for good; open requests are answered with an error.
  void Stop();

  // A request that changes nothing, or carries its own `id`: asked again until it is answered with a result or with an
  // error that another try would not change. kOverloaded when kOpenMax are open already. With `patience_ms`, a
  // retryable error after that time is told, too: for people who would rather know.
  void Call(std::string_view method, std::string arguments, Reply reply, int64_t patience_ms = 0);
  // The same for a change: adds an `id`.
  void Change(std::string_view method, Arguments arguments, Reply reply, int64_t patience_ms = 0);
  // Sends a text. Those to one address go one after the other, so that they keep their order whatever has to be
  // repeated. The record is also delivered as all others are: before `reply` is called, or later where something before
  // it is missing.
  void Send(const Address& to, std::string body, const Extras& extras, std::function<void(Result<Sent>)> reply);
  // Sent now or never.
  void Notify(std::string_view method, const Arguments& arguments);

  // Whether this client made the account.
  [[nodiscard]] bool registered() const { return registered_; }
  [[nodiscard]] bool online() const { return online_; }
  // Requests that were answered with an error for now, and asked again.
  [[nodiscard]] uint64_t asked_again() const { return asked_again_; }
  [[nodiscard]] size_t open_requests() const { return open_.size() + queued_sends_; }
  [[nodiscard]] const UserHandle& user() const { return user_; }
  [[nodiscard]] const Contacts& contacts() const { return contacts_; }
  // The user named a friend: no push tells that.
  void NoteAlias(const UserHandle& user, const std::string& alias) { contacts_.Named(user, alias); }
  [[nodiscard]] int64_t applied(const Conversation& conversation) const { return tracker_.applied(conversation); }

  static constexpr size_t kOpenMax = 200;  // of the 256 that a connection may have; the rest is for pulls
  static constexpr int64_t kPingMs = 30'000;
  static constexpr int64_t kSilentMs = 50'000;

 private:
  struct Open {
    std::string method;
    std::string arguments;
    Reply reply;
    Backoff backoff;
    int64_t until_ms;  // mono; a retryable error after it is told
  };

  struct Outgoing {
    std::string body;
    Extras extras;
    std::function<void(Result<Sent>)> reply;
  };

  struct ContactsListing {
    bool running = false;
    bool again = false;  // something was heard that only a whole new one tells
  };

  // Connection::Listener
  void OnConnected() override;
  void OnPush(std::string_view method, const schema::Value& arguments, std::string_view encoded) override;
  void OnDisconnected(const Error& why) override;

  void Connect();
  void Reconnect(const Error& why);
  void End(const Error& why);
  void Finish(const Error& why);
  void OnClosedBy(const Closed& closed);
  void CheckAlive();

  void LogIn();
  void LogInWithPassword();
  void Register();
  void RefusedLogin(const Error& why);
  void Entered(const schema::Value& result);

  void Transmit(uint64_t number);
  void Answered(uint64_t number, Result<schema::Value> result);
  void Ask(std::string_view method, const std::string& arguments, Reply reply);
  void SendFirst(const Address& to);
  void SendAnswered(const Address& to, const Result<schema::Value>& result);
  void Later(int64_t ms, std::function<void()> work);

  void Sync();
  void SyncPage(const std::string& cursor);
  void PullWhatIsBehind();
  void PulledPage(const Conversation& conversation, const schema::Value& page);
  void Deliver(const Record& record, std::string_view encoded);
  void Lose(const Conversation& conversation);
  void CheckLeft(const schema::Value& arguments);
  void CheckLeft(const Conversation& conversation);
  void ListAllContacts();
  void ListContacts(Contacts::Kind kind);
  void ListContactsPage(Contacts::Kind kind, const std::string& cursor);
  // Whether the request may be asked again under the same id.
  static bool AskAgain(const Error& error);
  void NoteAnswer(const Open& request, const schema::Value& result);

  io::Loop& loop_;
  Listener& listener_;
  const Endpoint server_;
  Credentials credentials_;
  Connection connection_;
  Tracker tracker_;
  Contacts contacts_;
  Backoff backoff_;

  bool stopped_ = true;
  bool online_ = false;
  bool was_online_ = false;
  bool registered_ = false;
  bool syncing_ = false;
  bool sync_again_ = false;
  bool caught_up_ = false;
  bool follow_contacts_ = false;
  std::array<ContactsListing, 2> contacts_listing_;  // by kind
  std::optional<Closed> closed_;                     // the server's last words on this connection
  uint64_t life_ = 0;                                // counts connections: delayed work of an earlier one is void
  io::TimerId retry_timer_ = 0;
  io::TimerId alive_timer_ = 0;
  UserHandle user_;

  std::shared_ptr<bool> alive_ = std::make_shared<bool>(true);  // so that delayed work sees the end of this
  uint64_t last_number_ = 0;
  uint64_t asked_again_ = 0;
  std::map<uint64_t, Open> open_;                    // in the order of asking
  std::map<Address, std::deque<Outgoing>> sending_;  // the first of each is in open_ …
  size_t queued_sends_ = 0;                          // … and so many are not
};

}  // namespace parley::client
