// A server in a few lines, on the test's own loop and a port of the system's choice: enough of the protocol to see what
// a client does, and ways to treat it badly.
#pragma once

#include <functional>
#include <map>
#include <memory>
#include <set>
#include <string>
#include <vector>

#include "client/endpoint.h"
#include "client/messages.h"
#include "common/io/loop.h"
#include "common/schema/framer.h"
#include "common/schema/rpc.h"

namespace parley::client {

class FakeServer {
 public:
  explicit FakeServer(io::Loop& loop, uint16_t port = 0);
  ~FakeServer();

  [[nodiscard]] Endpoint endpoint() const { return {"127.0.0.1", port_}; }

  // --- what the world does meanwhile ---
  void AddUser(const std::string& user, const std::string& password) { passwords_[user] = password; }
  // A message of another user to one that may be connected; pushed unless `pushes` is off.
  void Say(const std::string& from, const std::string& to, const std::string& body);
  // A message in a group, to its members.
  void SayIn(const std::string& group, const std::string& from, const std::string& body);
  // Something happens in a group to `user`: who joins is a member from that record on, who leaves or is kicked hears it
  // as the last. All members go when it is dissolved.
  void Happen(const std::string& group, const std::string& event, const std::string& from, const std::string& user);
  // Methods that this server has besides its own.
  using Method = std::function<Result<std::string>(const schema::Value& arguments)>;
  std::map<std::string, Method> methods;
  void PushToAll(std::string_view method, const std::string& arguments);
  void DropAll();        // closes every connection
  void Listen(bool on);  // off: new connections are refused
  bool pushes = true;
  // The next request for `method` is carried out, and the connection closes instead of the answer.
  void LoseAnswerOf(const std::string& method) { lose_.insert(method); }
  // The next request for `method` is refused.
  void RefuseNext(const std::string& method, Error error) { refuse_.emplace(method, std::move(error)); }

  // --- what clients did ---
  std::vector<std::string> asked;  // methods, in order
  [[nodiscard]] int CountOf(const std::string& method) const;
  std::vector<Record>& LogOf(const std::string& conversation) { return logs_[conversation]; }
  [[nodiscard]] size_t connections() const { return sessions_.size(); }

 private:
  struct Session {
    int fd = -1;
    std::string in;
    std::string user;
  };

  void Accept();
  void Receive(int fd);
  void Handle(Session& session, const schema::RpcMessage& request);
  Result<std::string> Answer(Session& session, std::string_view method, const schema::Value& arguments);
  Result<std::string> LogIn(Session& session, const std::string& user);
  Result<std::string> SendMessage(const Session& session, const schema::Value& arguments);
  Result<std::string> History(const Session& session, const schema::Value& arguments);
  // The first record of a conversation that the user may see; 0: none.
  [[nodiscard]] int64_t FloorOf(const std::string& user, const std::string& conversation) const;
  Record& AppendIn(const Conversation& conversation, const std::string& from);
  Record& Append(const std::string& from, const std::string& to, const std::string& body, const std::string& id);
  void Push(const Record& record, const Session* except);
  void Write(Session& session, const std::string& bytes);
  void Drop(int fd);

  io::Loop& loop_;
  int listener_ = -1;
  uint16_t port_ = 0;
  std::map<int, std::unique_ptr<Session>> sessions_;
  std::map<std::string, std::string> passwords_;
  std::map<std::string, std::vector<Record>> logs_;
  std::map<std::string, std::map<std::string, int64_t>> floors_;  // of a group, by member
  std::map<std::string, std::string> sent_;                       // id: the answer to it
  std::multiset<std::string> lose_;
  std::multimap<std::string, Error> refuse_;
};

}  // namespace parley::client
