// Opens the connections of a load: connects and logs in many at once, so many that the server is busy and not flooded.
#pragma once

#include <functional>
#include <memory>
#include <string>
#include <vector>

#include "client/bench/accounts.h"
#include "client/endpoint.h"
#include "common/io/loop.h"

namespace parley::bench {

struct OpeningCounts {
  size_t resumed = 0, logged_in = 0, registered = 0;
};

class Opening;

class Openings {
 public:
  // A logged-in socket, non-blocking and the receiver's from now on.
  using OnOpen = std::function<void(size_t index, int fd)>;

  // Opens one connection for each of `accounts`, at most `at_once` at a time. The first sessions of all users come
  // first in it: they make the accounts, and the others wait for them.
  Openings(io::Loop& loop, client::SocketAddress server, Accounts& tokens, std::vector<Account> accounts,
           size_t at_once, OnOpen on_open);
  ~Openings();

  void Start();
  [[nodiscard]] bool done() const { return (opened_ == accounts_.size() && running_.empty()) || failed(); }
  // One failed for good: nothing more is opened.
  [[nodiscard]] bool failed() const { return !problem_.empty(); }
  [[nodiscard]] const std::string& problem() const { return problem_; }
  [[nodiscard]] const OpeningCounts& counts() const { return counts_; }
  [[nodiscard]] size_t opened() const { return opened_; }

 private:
  friend class Opening;
  void StartMore();
  void Opened(Opening& opening, int fd);
  void Failed(Opening& opening, std::string problem);

  io::Loop& loop_;
  const client::SocketAddress server_;
  Accounts& tokens_;
  const std::vector<Account> accounts_;
  const size_t at_once_;
  const size_t first_sessions_;
  OnOpen on_open_;
  std::vector<std::unique_ptr<Opening>> running_;
  size_t next_ = 0;
  size_t opened_ = 0;
  std::string problem_;
  OpeningCounts counts_;
};

}  // namespace parley::bench
