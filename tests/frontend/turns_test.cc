// Background requests take turns: who asks for many large answers at once has few of them made at once.
#include "frontend/turns.h"

#include <catch2/catch.hpp>

#include "common/base/limits.h"
#include "tests/frontend/fixture.h"

namespace parley::frontend {
namespace {

constexpr size_t kAtOnce = Turns::kUnderWayMax;

class TurnsTest : public GatewayTest {
 public:
  TurnsTest() { LogsIn(client, "alice"); }

  void AsksForPages(int from, int count) {
    for (int i = from; i < from + count; ++i) client.Asks(i, "message.history", R"({"with":"bob"})");
  }
  // Those that have left for the bus since the last look.
  std::deque<Sent> Left() { return Requests("message.history"); }
  void AnswersWithPage(const Sent& request) { Answers(request, R"({"page":")" + std::string(400'000, 'x') + R"("})"); }

  Client client{*this, "203.0.113.7"};
};

TEST_CASE_METHOD(TurnsTest,
                 "of many background requests of a connection a few are under way, the next when one is answered") {
  AsksForPages(10, 20);
  size_t answered = 0;
  std::deque<Sent> under_way = Left();
  CHECK(under_way.size() == kAtOnce);
  while (!under_way.empty()) {
    std::deque<Sent> next;
    for (const Sent& request : under_way) {
      Answers(request, "{}");
      CHECK(client.Outcome() == "ok");
      ++answered;
      for (Sent& one : Left()) next.push_back(std::move(one));
    }
    CHECK(next.size() <= kAtOnce);
    under_way = std::move(next);
    for (Sent& one : under_way) one.envelope = *wire::BatchReader(one.bytes).Next();
  }
  CHECK(answered == 20);
}

TEST_CASE_METHOD(TurnsTest, "another connection, and realtime requests of the same one, do not wait for them") {
  Client other(*this, "203.0.113.8");
  LogsIn(other, "carol", "s2");
  AsksForPages(10, 20);
  CHECK(Left().size() == kAtOnce);
  client.Asks(100, "message.send", R"({"to":"bob"})");
  CHECK(Requests("message.send").size() == 1);
  other.Asks(10, "message.history", R"({"with":"bob"})");
  CHECK(Left().size() == 1);
}

TEST_CASE_METHOD(TurnsTest, "while a client does not read, no more large answers are made for it") {
  client.reads = false;
  AsksForPages(10, 20);
  for (const Sent& request : Left()) AnswersWithPage(request);
  CHECK(Left().size() < kAtOnce);
  for (const Sent& request : Left()) AnswersWithPage(request);
  CHECK(client.session().out_bytes() < (kAtOnce + 2) * 400'000);
  client.reads = true;
  gateway->Touch(client.session());
  Flush();
  CHECK(Left().size() > 0);
}

TEST_CASE_METHOD(TurnsTest, "one that never gets its turn is refused in time, and can be asked again") {
  AsksForPages(10, 5);
  const std::deque<Sent> under_way = Left();
  Passes(limits::kDeadlineMs + 50);
  int overloaded = 0;
  for (const std::string& line : client.Hears()) overloaded += line.find("overloaded") != std::string::npos;
  CHECK(overloaded == 1);
  CHECK(client.session().open.empty());
  Left();  // those under way were asked again half way
  AsksForPages(30, 1);
  CHECK(Left().size() == 1);
}

TEST_CASE_METHOD(TurnsTest, "a client that leaves leaves nothing waiting") {
  AsksForPages(10, 20);
  const std::deque<Sent> under_way = Left();
  client.Vanishes();
  for (const Sent& request : under_way) Answers(request, "{}");
  CHECK(Left().empty());
  CHECK(gateway->requests_on_their_way() == 0);
}

TEST_CASE("turns: each session has its own, in order, and what is forgotten is no more") {
  Turns turns;
  for (uint32_t i = 0; i < 6; ++i) turns.Wait(1, {i, "x", 100});
  turns.Wait(2, {9, "xx", 50});
  for (uint32_t i = 0; i < kAtOnce; ++i) CHECK(turns.Next(1)->ticket == i);
  CHECK(!turns.Next(1));
  CHECK(turns.Next(2)->ticket == 9);
  turns.Done(1);
  CHECK(turns.Next(1)->ticket == kAtOnce);
  int late = 0;
  turns.Expire(100, [&](uint64_t session, const Turns::Waiting& waiting) {
    ++late;
    CHECK(session == 1);
    CHECK(waiting.ticket == kAtOnce + 1);
  });
  CHECK(late == 1);
  turns.Wait(1, {7, "xyz", 200});
  CHECK(turns.Forget(1) == 3);
  turns.Done(1);
  turns.Done(2);
  CHECK(turns.size() == 0);
}

}  // namespace
}  // namespace parley::frontend
