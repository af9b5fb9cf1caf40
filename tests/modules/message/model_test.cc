// Random operations by three users, compared with a model that is as simple as can be; with crashes in between.
#include <map>
#include <random>

#include "tests/modules/message/message_test.h"

namespace parley::message {
namespace {

const std::vector<std::string> kUsers = {"alice", "bob", "carol"};

// What an operation gave: an error, or what its answer says.
struct Outcome {
  std::optional<Code> error;
  int64_t seq = 0;  // 0: none
  bool operator==(const Outcome&) const = default;
};

// A conversation as its members would write it down on paper.
struct ModelConversation {
  std::vector<Record> records;
  std::map<std::string, std::pair<int64_t, int64_t>> cursors;  // user → read, received
  std::set<std::tuple<int64_t, std::string, std::string>> reactions;
  std::map<std::pair<std::string, std::string>, std::pair<std::string, Outcome>> done;  // user and id → what, result

  int64_t head() const { return static_cast<int64_t>(records.size()); }
  Record* At(int64_t seq) { return seq >= 1 && seq <= head() ? &records[static_cast<size_t>(seq - 1)] : nullptr; }
  int64_t Add(Record record) {
    record.seq = head() + 1;
    records.push_back(std::move(record));
    return head();
  }
  static bool IsText(const Record& record) { return record.kind == "text" || record.kind == "poem"; }
  // Nothing when it may be a target.
  std::optional<Code> TargetError(int64_t seq) {
    const Record* target = At(seq);
    if (target == nullptr) return Code::kNotFound;
    return IsText(*target) ? std::nullopt : std::optional(Code::kConflict);
  }
  int64_t Unread(const std::string& user) {
    int64_t unread = 0;
    for (const Record& record : records) {
      unread += record.seq > cursors[user].first && IsText(record) && record.from.text() != user ? 1 : 0;
    }
    return std::min<int64_t>(unread, 100);
  }
};

class ModelTest : public MessageTest {
 protected:
  explicit ModelTest() = default;

  int64_t Random(int64_t low, int64_t high) { return std::uniform_int_distribution<int64_t>(low, high)(random); }
  const std::string& AnyUser() { return kUsers[static_cast<size_t>(Random(0, 2))]; }

  template <class Reply>
  static Outcome OutcomeOf(const Result<Reply>& result) {
    if (!result) return {result.error().code, 0};
    if constexpr (requires { *result->seq; }) {
      return {std::nullopt, result->seq.value_or(0)};
    } else if constexpr (requires { result->seq; }) {
      return {std::nullopt, result->seq};
    } else {
      return {};
    }
  }

  // Under an id: what was done before under it, or `act`, remembered unless it fails.
  template <class Act>
  Outcome Once(const std::string& user, ModelConversation& model, const std::optional<std::string>& id,
               const std::string& what, Act act) {
    if (!id) return act();
    const auto key = std::pair(user, *id);
    if (const auto done = model.done.find(key); done != model.done.end()) {
      return done->second.first == what ? done->second.second : Outcome{Code::kConflict, 0};
    }
    const Outcome outcome = act();
    if (!outcome.error) model.done.emplace(key, std::pair(what, outcome));
    return outcome;
  }

  Record From(const std::string& user, std::string kind) {
    Record record;
    record.from = User(user);
    record.kind = std::move(kind);
    record.time_ms = harness.now().wall_ms;
    return record;
  }

  void SendOne(const std::string& user, const std::string& other, ModelConversation& model) {
    Send request{Address::Must(other), "body " + std::to_string(Random(1, 5)), "id " + std::to_string(Random(1, 300))};
    if (Random(0, 4) == 0) request.kind = "poem";
    if (Random(0, 4) == 0) request.reply_to = Random(0, model.head() + 1);
    const std::string what = "send" + request.body + request.kind + std::to_string(request.reply_to.value_or(-1));
    const Outcome expected = Once(user, model, request.id, what, [&]() -> Outcome {
      if (request.reply_to) {
        if (const auto error = model.TargetError(*request.reply_to)) return {error, 0};
      }
      Record record = From(user, request.kind);
      record.body = request.body;
      record.id = request.id;
      record.reply_to = request.reply_to;
      return {std::nullopt, model.Add(record)};
    });
    CHECK(OutcomeOf(Call(user, request)) == expected);
  }

  void EditOne(const std::string& user, const std::string& name, ModelConversation& model) {
    Edit request{In(name), Random(0, model.head() + 1), "edited " + std::to_string(Random(1, 9)), AnyId()};
    const std::string what = "edit" + request.body + std::to_string(request.seq);
    const Outcome expected = Once(user, model, request.id, what, [&]() -> Outcome {
      if (const auto error = model.TargetError(request.seq)) return {error, 0};
      if (model.At(request.seq)->from.text() != user) return {Code::kForbidden, 0};
      if (model.At(request.seq)->recalled) return {Code::kConflict, 0};
      model.At(request.seq)->body = request.body;
      model.At(request.seq)->edited_ms = harness.now().wall_ms;
      Record record = From(user, "edit");
      record.target = request.seq;
      record.body = request.body;
      return {std::nullopt, model.Add(record)};
    });
    CHECK(OutcomeOf(Call(user, request)) == expected);
  }

  void RecallOne(const std::string& user, const std::string& name, ModelConversation& model) {
    Recall request{In(name), Random(0, model.head() + 1), AnyId()};
    const Outcome expected = Once(user, model, request.id, "recall" + std::to_string(request.seq), [&]() -> Outcome {
      if (const auto error = model.TargetError(request.seq)) return {error, 0};
      if (model.At(request.seq)->from.text() != user) return {Code::kForbidden, 0};
      if (model.At(request.seq)->recalled) {
        for (const Record& record : model.records) {
          if (record.kind == "recall" && record.target == request.seq) return {std::nullopt, record.seq};
        }
      }
      for (Record& record : model.records) {
        if (record.seq != request.seq && !(record.kind == "edit" && record.target == request.seq)) continue;
        record.recalled = true;
        record.body.reset();
      }
      Record record = From(user, "recall");
      record.target = request.seq;
      return {std::nullopt, model.Add(record)};
    });
    CHECK(OutcomeOf(Call(user, request)) == expected);
  }

  void ReactOne(const std::string& user, const std::string& name, ModelConversation& model) {
    React request{In(name), Random(0, model.head() + 1), Random(0, 1) == 0 ? "+" : "🎉", Random(0, 2) != 0, AnyId()};
    const std::string what = "react" + request.emoji + std::to_string(request.seq) + (request.on ? "on" : "off");
    const Outcome expected = Once(user, model, request.id, what, [&]() -> Outcome {
      if (const auto error = model.TargetError(request.seq)) return {error, 0};
      const auto key = std::tuple(request.seq, request.emoji, user);
      if (model.reactions.contains(key) == request.on) return {};
      request.on ? static_cast<void>(model.reactions.insert(key)) : static_cast<void>(model.reactions.erase(key));
      Record record = From(user, "react");
      record.target = request.seq;
      record.emoji = request.emoji;
      record.on = request.on;
      return {std::nullopt, model.Add(record)};
    });
    CHECK(OutcomeOf(Call(user, request)) == expected);
  }

  void MoveCursor(const std::string& user, const std::string& name, ModelConversation& model) {
    const int64_t seq = Random(0, model.head() + 2);
    auto& [read, received] = model.cursors[user];
    if (Random(0, 1) == 0) {
      read = std::max(read, std::min(seq, model.head()));
      ReadTo(user, name, seq);
    } else {
      ReceiveTo(user, name, seq);
    }
    received = std::max({received, read, std::min(seq, model.head())});
  }

  std::optional<std::string> AnyId() {
    if (Random(0, 1) == 0) return std::nullopt;
    return "id " + std::to_string(Random(1, 300));
  }

  void Compare() {
    for (const std::string& user : kUsers) {
      std::vector<std::string> expected_names;
      for (auto& [name, model] : models) {
        if (!In(name).Has(User(user)) || model.records.empty()) continue;
        expected_names.push_back(name);
        std::vector<Record> expected = model.records;
        for (Record& record : expected) {
          record.conversation = In(name);
          if (record.from.text() != user) record.id.reset();
        }
        REQUIRE(HistoryOf(user, name) == expected);
        const auto overview = OverviewOf(user, name);
        REQUIRE(overview);
        CHECK(overview->head == model.head());
        CHECK(overview->unread == model.Unread(user));
        CHECK(std::pair(overview->read, overview->received) == model.cursors[user]);
        CHECK(overview->last == expected.back());
      }
      REQUIRE(NamesOf(user) == expected_names);
    }
  }

  void Run(uint32_t seed, int operations) {
    random.seed(seed);
    for (int i = 0; i < operations; ++i) {
      const std::string user = AnyUser(), other = AnyUser();
      const std::string name = Conversation::Direct(User(user), User(other)).text();
      ModelConversation& model = models[name];
      INFO("seed " << seed << ", operation " << i << ": " << user << " in " << name);
      switch (Random(0, 12)) {
        case 0:
        case 1:
          EditOne(user, name, model);
          break;
        case 2:
          RecallOne(user, name, model);
          break;
        case 3:
        case 4:
          ReactOne(user, name, model);
          break;
        case 5:
        case 6:
          MoveCursor(user, name, model);
          break;
        case 7:
          harness.Advance(Random(1, 50));
          break;
        default:
          SendOne(user, other, model);
      }
      if (Random(0, 99) == 0) harness.Crash();
      if (i % 200 == 199) Compare();
    }
    harness.Crash();
    Compare();
  }

  std::mt19937 random;
  std::map<std::string, ModelConversation> models;
};

TEST_CASE_METHOD(ModelTest, "whatever three users do, the module and a simple model agree: seed 1") { Run(1, 1'500); }
TEST_CASE_METHOD(ModelTest, "whatever three users do, the module and a simple model agree: seed 2") { Run(2, 1'500); }
TEST_CASE_METHOD(ModelTest, "whatever three users do, the module and a simple model agree: seed 3") { Run(3, 1'500); }

}  // namespace
}  // namespace parley::message
