// A steady load of people as they are: each has one other to talk to and is in a group, comes back when the connection
// breaks, and pulls what was missed meanwhile. So many messages a second, whether or not the last ones were answered.
#pragma once

#include <map>
#include <memory>
#include <string>
#include <vector>

#include "client/bench/accounts.h"
#include "client/bench/histogram.h"
#include "client/endpoint.h"
#include "client/messages.h"
#include "common/io/loop.h"

namespace parley::bench {

class Person;

struct PeopleTotals {
  uint64_t acknowledged = 0;
  uint64_t heard = 0;       // deliveries: messages to persons, to their senders too
  uint64_t missing = 0;     // of what was acknowledged, what somebody in the conversation does not have
  uint64_t twice = 0;       // heard twice by the same person
  uint64_t unpromised = 0;  // heard under another seq than was acknowledged
  uint64_t unanswered = 0;
  uint64_t asked_again = 0;  // requests that were refused for now; the client repeats them
  uint64_t came_back = 0;    // connections that were made again
};

class People {
 public:
  // Persons 2i and 2i+1 are partners; so many consecutive ones are a group. `accounts` have tokens.
  People(io::Loop& loop, const client::Endpoint& server, Accounts& tokens, const std::vector<Account>& accounts,
         size_t group_size, size_t body_bytes);
  ~People();

  // All log in, and make and join their groups. Then ready(), or problem().
  void Start();
  [[nodiscard]] bool ready() const { return joined_ == persons_.size(); }
  [[nodiscard]] const std::string& problem() const { return problem_; }

  // From now on: `rate` messages a second, `group_share` of them (0 to 1) to groups.
  void Talk(double rate, double group_share);
  // Nothing new is sent; what is open is still answered.
  void Finish() { finishing_ = true; }
  // Everything sent was answered, and everybody has all of it.
  [[nodiscard]] bool quiet() const;

  [[nodiscard]] PeopleTotals Count() const;
  // From sending to the answer, and to somebody else's hearing it.
  Histogram& answer_latencies() { return answer_latencies_; }
  Histogram& hearing_latencies() { return hearing_latencies_; }
  // What could not be done, by code: another try would not have helped.
  [[nodiscard]] const std::map<std::string, uint64_t>& errors() const { return errors_; }

 private:
  friend class Person;

  // A message, by its number.
  struct Spoken {
    size_t sender = 0;
    int64_t sent_us = 0;
    int64_t seq = 0;        // as acknowledged; 0: not yet
    int64_t heard_seq = 0;  // as it was heard first
    uint32_t hearers = 0;   // of how many it is to be heard
    uint32_t heard = 0;
  };

  void Joined(size_t person);
  void SpeakWhatIsDue();
  void Speak(size_t person, bool to_group);
  void Answered(size_t number, const Result<client::Sent>& sent);
  void Heard(size_t person, const std::string& body, int64_t seq);
  void Failed(const Error& error) { ++errors_[std::string(NameOf(error.code))]; }
  [[nodiscard]] size_t GroupOf(size_t person) const { return person / group_size_; }
  [[nodiscard]] size_t MembersOf(size_t group) const;
  [[nodiscard]] size_t FounderOf(size_t group) const { return group * group_size_; }

  io::Loop& loop_;
  Accounts& tokens_;
  const size_t group_size_;
  const std::string padding_;
  std::vector<std::unique_ptr<Person>> persons_;
  size_t joined_ = 0;
  std::string problem_;

  double rate_ = 0, group_share_ = 0;
  int64_t began_us_ = 0;
  bool finishing_ = false;
  std::vector<Spoken> spoken_;
  std::vector<bool> heard_by_;  // message number × persons + person
  size_t unanswered_ = 0, unheard_ = 0;
  uint64_t acknowledged_ = 0, heard_ = 0, twice_ = 0, unpromised_ = 0;
  Histogram answer_latencies_, hearing_latencies_;
  std::map<std::string, uint64_t> errors_;
};

}  // namespace parley::bench
