#include "client/bench/people.h"

#include <spdlog/fmt/fmt.h>

#include "client/bench/message.h"
#include "client/client.h"
#include "common/base/check.h"
#include "common/base/ids.h"

namespace parley::bench {
namespace {

constexpr int64_t kStepMs = 5;

int64_t NowUs() { return ReadClocks().mono_us; }

}  // namespace

// One user: a client that keeps itself connected.
class Person final : private client::Client::Listener {
 public:
  Person(People& people, size_t index, const client::Endpoint& server, Account account, std::string group)
      : people_(people),
        index_(index),
        account_(std::move(account)),
        user_(UserHandle::Must(account_.user)),
        group_(GroupHandle::Must(group)),
        client_(people.loop_, *this, server,
                {account_.user, people.tokens_.TokenOf(account_), people.tokens_.password(), "bench", false}) {}

  void Start() { client_.Start(); }
  [[nodiscard]] const UserHandle& user() const { return user_; }
  [[nodiscard]] const GroupHandle& group() const { return group_; }
  [[nodiscard]] uint64_t asked_again() const { return client_.asked_again(); }
  [[nodiscard]] uint64_t came_back() const { return came_back_; }

  void Send(const Address& to, std::string body, std::function<void(Result<client::Sent>)> reply) {
    client_.Send(to, std::move(body), {}, std::move(reply));
  }

 private:
  void OnOnline(const client::LoggedIn& session, bool again) override {
    people_.tokens_.Keep(account_, session.token);
    if (again) {
      ++came_back_;
      return;
    }
    const bool founds = people_.FounderOf(people_.GroupOf(index_)) == index_;
    client_.Change(founds ? "group.create" : "group.join", client::Arguments().Text("group", group_.text()),
                   [this](const Result<schema::Value>& result) {
                     if (!result) return OnEnded(result.error());
                     people_.Joined(index_);
                   });
  }
  void OnOffline(const Error&, int64_t) override {}
  void OnEnded(const Error& why) override {
    people_.problem_ = fmt::format("{}: {}", account_.user, why.message);
    people_.Failed(why);
  }
  int64_t StartOf(const client::Listed& listed) override { return listed.head; }
  void OnRecord(const client::Record& record, std::string_view) override {
    people_.Heard(index_, record.body, record.seq);
  }
  void OnListed(const client::Listed&) override {}
  void OnCaughtUp() override {}
  void OnLost(const Conversation&) override {}
  void OnContacts(client::Contacts::Kind) override {}
  void OnPush(std::string_view, const schema::Value&, std::string_view) override {}

  People& people_;
  const size_t index_;
  const Account account_;
  const UserHandle user_;
  const GroupHandle group_;
  client::Client client_;
  uint64_t came_back_ = 0;
};

People::People(io::Loop& loop, const client::Endpoint& server, Accounts& tokens, const std::vector<Account>& accounts,
               size_t group_size, size_t body_bytes)
    : loop_(loop), tokens_(tokens), group_size_(group_size), padding_(body_bytes - Message::kBodyMin, 'x') {
  PARLEY_CHECK(accounts.size() % 2 == 0 && group_size > 0);
  const std::string run = RandomHex(4);
  for (size_t i = 0; i < accounts.size(); ++i) {
    persons_.push_back(
        std::make_unique<Person>(*this, i, server, accounts[i], fmt::format("#bench-{}-{}", run, GroupOf(i))));
  }
}

People::~People() = default;

void People::Start() {
  for (size_t i = 0; i < persons_.size(); i += group_size_) persons_[i]->Start();
}

// Whoever founded the group is in it first.
void People::Joined(size_t person) {
  ++joined_;
  const size_t founder = FounderOf(GroupOf(person));
  if (person != founder) return;
  for (size_t i = 1; i < MembersOf(GroupOf(person)); ++i) persons_[founder + i]->Start();
}

size_t People::MembersOf(size_t group) const { return std::min(group_size_, persons_.size() - FounderOf(group)); }

void People::Talk(double rate, double group_share) {
  rate_ = rate;
  group_share_ = group_share;
  began_us_ = NowUs();
  loop_.Every(kStepMs, [this] { SpeakWhatIsDue(); });
}

void People::SpeakWhatIsDue() {
  if (finishing_) return;
  const auto due = static_cast<size_t>(static_cast<double>(NowUs() - began_us_) * 1e-6 * rate_);
  while (spoken_.size() < due) {
    const double before = static_cast<double>(spoken_.size()) * group_share_;
    const bool to_group = static_cast<uint64_t>(before + group_share_) > static_cast<uint64_t>(before);
    Speak(RandomU64() % persons_.size(), to_group);
  }
}

void People::Speak(size_t person, bool to_group) {
  const size_t number = spoken_.size();
  Spoken spoken;
  spoken.sender = person;
  spoken.sent_us = NowUs();
  spoken.hearers = to_group ? static_cast<uint32_t>(MembersOf(GroupOf(person))) : 2;
  spoken_.push_back(spoken);
  heard_by_.resize(spoken_.size() * persons_.size());
  ++unanswered_;
  unheard_ += spoken.hearers;
  Person& sender = *persons_[person];
  const std::string to = to_group ? sender.group().text() : persons_[person ^ 1]->user().text();
  sender.Send(Address::Must(to), fmt::format("{:08x}{}", number, padding_),
              [this, number](const Result<client::Sent>& sent) { Answered(number, sent); });
}

void People::Answered(size_t number, const Result<client::Sent>& sent) {
  Spoken& spoken = spoken_[number];
  --unanswered_;
  if (!sent) {
    unheard_ -= spoken.hearers - spoken.heard;
    spoken.hearers = spoken.heard;
    return Failed(sent.error());
  }
  ++acknowledged_;
  spoken.seq = sent->seq;
  if (spoken.heard_seq != 0 && spoken.heard_seq != spoken.seq) ++unpromised_;
  answer_latencies_.Record((NowUs() - spoken.sent_us) * 1'000);
}

void People::Heard(size_t person, const std::string& body, int64_t seq) {
  const std::optional<uint32_t> number = Message::NumberOf(body);
  if (!number || *number >= spoken_.size()) return;  // what the group says of itself
  Spoken& spoken = spoken_[*number];
  const size_t place = *number * persons_.size() + person;
  if (heard_by_[place]) {
    ++twice_;
    return;
  }
  heard_by_[place] = true;
  ++heard_;
  ++spoken.heard;
  if (unheard_ > 0) --unheard_;
  if (spoken.heard_seq == 0) spoken.heard_seq = seq;
  if (spoken.heard_seq != seq || (spoken.seq != 0 && spoken.seq != seq)) ++unpromised_;
  if (person != spoken.sender) hearing_latencies_.Record((NowUs() - spoken.sent_us) * 1'000);
}

bool People::quiet() const { return unanswered_ == 0 && unheard_ == 0; }

PeopleTotals People::Count() const {
  PeopleTotals totals;
  totals.acknowledged = acknowledged_;
  totals.heard = heard_;
  for (const Spoken& spoken : spoken_) {
    if (spoken.seq != 0 && spoken.heard < spoken.hearers) totals.missing += spoken.hearers - spoken.heard;
  }
  totals.twice = twice_;
  totals.unpromised = unpromised_;
  totals.unanswered = unanswered_;
  for (const auto& person : persons_) {
    totals.asked_again += person->asked_again();
    totals.came_back += person->came_back();
  }
  return totals;
}

}  // namespace parley::bench
